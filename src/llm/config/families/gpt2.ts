import type { ConfigFamily } from '../config-family.js';

/** Every projection has a bias; positions are learned. */
export const gpt2: ConfigFamily = {
  defaults: {
    vocab_size: 50_257,
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    max_position_embeddings: 1024,
    hidden_act: 'gelu_new',
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
    bos_token_id: 50_256,
    eos_token_id: 50_256,
  },
  renamed: {
    hidden_size: 'n_embd',
    intermediate_size: 'n_inner',
    num_hidden_layers: 'n_layer',
    num_attention_heads: 'n_head',
    max_position_embeddings: 'n_positions',
    hidden_act: 'activation_function',
    rms_norm_eps: 'layer_norm_epsilon',
  },
  describe: (config) => ({
    intermediateSize: config.intermediate_size ?? 4 * config.hidden_size,
    attentionBias: true,
    mlpBias: true,
    attentionScale: config.scale_attn_weights ? undefined : 1,
    scalesAttentionByLayer: config.scale_attn_by_inverse_layer_idx,
    maxPositionEmbeddings: config.max_position_embeddings,
    // Positions are learned: nothing rotates, so heads may have an odd size.
    rope: { type: 'default', theta: config.rope_theta },
  }),
};
