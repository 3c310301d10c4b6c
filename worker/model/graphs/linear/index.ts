/** Linear layers of graphs: how their weights are gathered from the checkpoint, and in which precision they are multiplied. */
export { type LinearContext, linear } from './linear.js';
export type { InputGroups, LinearSegment, LinearWeight } from './linear-weight.js';
