import type { ConfigFamily } from '../config-family.js';
import type { HfConfig } from '../hf-config.js';
import type { SlidingWindowConfig } from '../model-config.js';
import { createRopeConfig } from '../rope-config.js';
import { createSlidingWindow } from '../sliding-window.js';

/** Layers from `max_window_layers` on have the window, where `use_sliding_window` turns it on. */
export function qwenSlidingWindow(config: HfConfig, configPath: string): SlidingWindowConfig | undefined {
  const { use_sliding_window: isUsed, max_window_layers: firstLayer = 28 } = config;
  return createSlidingWindow({
    config: { ...config, sliding_window: isUsed === true ? config.sliding_window : undefined },
    configPath,
    hasWindow: (layer) => layer >= firstLayer,
    rope: createRopeConfig(config, configPath, 'sliding_attention'),
  });
}

/** Queries, keys and values have biases, the other projections none. */
export const qwen2: ConfigFamily = {
  defaults: { num_key_value_heads: 32, max_position_embeddings: 32_768, sliding_window: 4096 },
  describe: (config, configPath) => ({
    attentionBias: true,
    attentionOutputBias: false,
    mlpBias: false,
    slidingWindow: qwenSlidingWindow(config, configPath),
  }),
};
