import type { ConfigFamily } from '../config-family.js';
import type { HfConfig } from '../hf-config.js';
import { createRopeConfig } from '../rope-config.js';
import { createSlidingWindow } from '../sliding-window.js';

/** Early files call longrope `su` or even `yarn`. */
function withLongRope(config: HfConfig): HfConfig {
  const rename = <Settings extends NonNullable<HfConfig['rope_scaling']>>(settings: Settings | null | undefined) =>
    (settings?.rope_type ?? settings?.type) === 'yarn' && settings != null
      ? { ...settings, rope_type: 'longrope' }
      : settings;
  return { ...config, rope_scaling: rename(config.rope_scaling), rope_parameters: rename(config.rope_parameters) };
}

/** Every layer has the window, if there is one. */
export const phi3: ConfigFamily = {
  defaults: { max_position_embeddings: 4096, original_max_position_embeddings: 4096, rms_norm_eps: 1e-5 },
  describe: (config, configPath) => {
    const rope = createRopeConfig(withLongRope(config), configPath);
    const options = { config: { ...config, layer_types: undefined }, configPath, hasWindow: () => true, rope };
    return { rope, attentionBias: false, mlpBias: false, slidingWindow: createSlidingWindow(options) };
  },
};
