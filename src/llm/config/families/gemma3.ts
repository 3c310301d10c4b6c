import type { ConfigFamily } from '../config-family.js';
import type { HfConfig } from '../hf-config.js';
import type { RopeConfig } from '../model-config.js';
import { createRope } from '../rope-config.js';
import { createSlidingWindow } from '../sliding-window.js';
import { gemma2 } from './gemma2.js';

const GLOBAL_THETA = 1_000_000;
const LOCAL_THETA = 10_000;

/** Scaling in the older spelling is of layers without the window. */
function fullRope(config: HfConfig, configPath: string): RopeConfig {
  const { rope_parameters: parameters, rope_scaling: scaling } = config;
  const settings = { ...parameters?.full_attention, ...scaling };
  return createRope(settings, config.rope_theta, config, configPath);
}

function slidingRope(config: HfConfig, configPath: string): RopeConfig {
  const settings = config.rope_parameters?.sliding_attention ?? {};
  return createRope(settings, config.rope_local_base_freq ?? LOCAL_THETA, config, configPath);
}

/** All layers but every sixth have the window, and are rotated faster than the others. */
export const gemma3: ConfigFamily = {
  defaults: {
    ...gemma2.defaults,
    max_position_embeddings: 131_072,
    rope_theta: GLOBAL_THETA,
    sliding_window_pattern: 6,
    attn_logit_softcapping: null,
    final_logit_softcapping: null,
  },
  renamed: { hidden_act: 'hidden_activation', sliding_window_pattern: '_sliding_window_pattern' },
  describe: (config, configPath) => ({
    mlpBias: false,
    attentionScale: config.query_pre_attn_scalar! ** -0.5,
    rope: fullRope(config, configPath),
    slidingWindow: createSlidingWindow({
      config,
      configPath,
      hasWindow: (layer) => (layer + 1) % (config.sliding_window_pattern ?? 6) !== 0,
      rope: slidingRope(config, configPath),
    }),
  }),
};
