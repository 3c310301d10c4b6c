import type { ConfigFamily } from '../config-family.js';
import { qwen2, qwenSlidingWindow } from './qwen2.js';

/** `attention_bias` is of all four projections. */
export const qwen3: ConfigFamily = {
  defaults: { ...qwen2.defaults, head_dim: 128 },
  describe: (config, configPath) => ({ mlpBias: false, slidingWindow: qwenSlidingWindow(config, configPath) }),
};
