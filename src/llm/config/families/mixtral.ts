import type { ConfigFamily } from '../config-family.js';
import { createExpertsConfig } from '../experts-config.js';
import { mistral } from './mistral.js';

/** Mistral with experts in every layer. */
export const mixtral: ConfigFamily = {
  defaults: {
    ...mistral.defaults,
    sliding_window: null,
    rms_norm_eps: 1e-5,
    rope_theta: 1_000_000,
    num_local_experts: 8,
    num_experts_per_tok: 2,
  },
  describe: (config, configPath) => ({
    ...mistral.describe(config, configPath),
    experts: createExpertsConfig(config, configPath, {
      intermediateSize: config.intermediate_size,
      normTopkProb: true,
    }),
  }),
};
