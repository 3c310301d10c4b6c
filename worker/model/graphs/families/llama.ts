import type { DecoderFamily } from '../decoder/decoder-family.js';
import { gatedMlp } from '../decoder/mlp-blocks.js';

/** Llama, and what most families after it took over. */
export const llama: DecoderFamily = {
  names: {
    embedding: 'model.embed_tokens',
    finalNorm: 'model.norm',
    lmHead: 'lm_head',
    layers: 'model.layers',
    attentionNorm: 'input_layernorm',
    queryKeyValue: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
    attentionOutput: 'self_attn.o_proj',
    mlpNorm: 'post_attention_layernorm',
  },
  norm: 'rms',
  scalesEmbedding: false,
  mlp: gatedMlp({ gateUp: ['mlp.gate_proj', 'mlp.up_proj'], down: 'mlp.down_proj' }),
};
