/** Groups of ranks that add up, gather and pass tensors, over rings. Knows nothing of actors beside their names. */
export { CollectiveGroup } from './collective-group.js';
export { type GroupHost, type GroupPlace, type JoinedGroup, joinGroup } from './join-group.js';
export type { ReduceOp } from './reduce-op.js';
export type { Tensor } from './tensor.js';
