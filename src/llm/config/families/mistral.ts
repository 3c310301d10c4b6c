import type { ConfigFamily } from '../config-family.js';
import { createRopeConfig } from '../rope-config.js';
import { createSlidingWindow } from '../sliding-window.js';

/** Every layer has the window, if there is one. */
export const mistral: ConfigFamily = {
  defaults: { num_key_value_heads: 8, max_position_embeddings: 131_072, sliding_window: 4096 },
  describe: (config, configPath) => ({
    attentionBias: false,
    mlpBias: false,
    slidingWindow: createSlidingWindow({
      config: { ...config, layer_types: undefined },
      configPath,
      hasWindow: () => true,
      rope: createRopeConfig(config, configPath),
    }),
  }),
};
