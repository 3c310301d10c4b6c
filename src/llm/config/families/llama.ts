import type { ConfigFamily } from '../config-family.js';

/** `attention_bias` is of all four projections. */
export const llama: ConfigFamily = { defaults: {}, describe: () => ({}) };
