import type { ConfigFamily } from '../config-family.js';
import { createRopeConfig } from '../rope-config.js';
import { createSlidingWindow } from '../sliding-window.js';

/** Every other layer has the window, the first one too. */
export const gemma2: ConfigFamily = {
  defaults: {
    num_key_value_heads: 4,
    head_dim: 256,
    hidden_act: 'gelu_pytorch_tanh',
    max_position_embeddings: 8192,
    tie_word_embeddings: true,
    query_pre_attn_scalar: 256,
    sliding_window: 4096,
    attn_logit_softcapping: 50,
    final_logit_softcapping: 30,
  },
  renamed: { hidden_act: 'hidden_activation' },
  describe: (config, configPath) => ({
    mlpBias: false,
    attentionScale: config.query_pre_attn_scalar! ** -0.5,
    slidingWindow: createSlidingWindow({
      config,
      configPath,
      hasWindow: (layer) => layer % (config.sliding_window_pattern ?? 2) === 0,
      rope: createRopeConfig(config, configPath, 'sliding_attention'),
    }),
  }),
};
