import type { ConfigFamily } from '../config-family.js';
import { createExpertsConfig } from '../experts-config.js';
import type { HfConfig } from '../hf-config.js';
import { createRopeConfig } from '../rope-config.js';
import { createSlidingWindow } from '../sliding-window.js';

/** Every `decoder_sparse_step`-th layer has experts, except those of `mlp_only_layers`. */
function hasExperts({ decoder_sparse_step: step, mlp_only_layers: denseLayers }: HfConfig, layer: number): boolean {
  return !denseLayers.includes(layer) && (layer + 1) % step === 0;
}

/** Qwen3 with experts; the window, if `use_sliding_window` turns it on, is of every layer. */
export const qwen3Moe: ConfigFamily = {
  defaults: {
    num_key_value_heads: 4,
    max_position_embeddings: 32_768,
    intermediate_size: 6144,
    moe_intermediate_size: 768,
    num_local_experts: 128,
    num_experts_per_tok: 8,
  },
  renamed: { num_local_experts: 'num_experts' },
  describe: (config, configPath) => ({
    mlpBias: false,
    slidingWindow: createSlidingWindow({
      config: {
        ...config,
        layer_types: undefined,
        sliding_window: config.use_sliding_window === true ? config.sliding_window : undefined,
      },
      configPath,
      hasWindow: () => true,
      rope: createRopeConfig(config, configPath),
    }),
    experts: createExpertsConfig(config, configPath, {
      intermediateSize: config.moe_intermediate_size,
      normTopkProb: config.norm_topk_prob,
      hasExperts: (layer) => hasExperts(config, layer),
    }),
  }),
};
