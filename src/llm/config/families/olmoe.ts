import type { ConfigFamily } from '../config-family.js';
import { createExpertsConfig } from '../experts-config.js';

/** Experts in every layer; queries, keys and values are bounded by `clip_qkv`. */
export const olmoe: ConfigFamily = {
  defaults: {
    num_key_value_heads: null,
    max_position_embeddings: 4096,
    intermediate_size: 2048,
    rms_norm_eps: 1e-5,
    num_local_experts: 64,
    num_experts_per_tok: 8,
  },
  renamed: { num_local_experts: 'num_experts' },
  describe: (config, configPath) => ({
    mlpBias: false,
    clipQueryKeyValue: config.clip_qkv ?? undefined,
    experts: createExpertsConfig(config, configPath, {
      intermediateSize: config.intermediate_size,
      normTopkProb: config.norm_topk_prob,
    }),
  }),
};
