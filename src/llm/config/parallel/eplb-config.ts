import { z } from 'zod';
import { defaultedFlag, defaultedInteger } from '../option-fields.js';

const MAX_STEPS = 1 << 24;
const MAX_EXPERTS = 1 << 16;

/** How expert placement follows the load (vLLM's EPLBConfig). */
export interface EplbConfig {
  /** Steps over which the load of experts is counted. Default 1000. */
  readonly windowSize: number;
  /** Steps between two rearrangements. Default 3000. */
  readonly stepInterval: number;
  /** Copies of experts beside the model's own, over all ranks. Default 0. */
  readonly numRedundantExperts: number;
  /** Log how even the load is; costs a collective more every step. Default false. */
  readonly logBalancedness: boolean;
  /** Move weights while steps go on. Default false. */
  readonly useAsync: boolean;
}

export const eplbConfigSchema = z.strictObject({
  windowSize: defaultedInteger(1, MAX_STEPS, 1000),
  stepInterval: defaultedInteger(1, MAX_STEPS, 3000),
  numRedundantExperts: defaultedInteger(0, MAX_EXPERTS, 0),
  logBalancedness: defaultedFlag(false),
  useAsync: defaultedFlag(false),
});
