/** The driver's API, and what the rest of src/ may use beside it (not part of the public door). */

export type { ActorConnection } from '../runtime/calls/actor-connection.js';
export type { HeadConnection } from '../runtime/head-connection.js';
export { ObjectRef } from '../runtime/objects/object-ref.js';
export { type ActorClass, remote, remoteByPath } from './actor-class.js';
export { type ActorHandle, actorConnection, type RemoteMethod } from './actor-handle.js';
export type { ActorOptions, PlacementGroupSchedulingStrategy } from './actor-options.js';
export { type GetOptions, get, type WaitOptions, wait } from './get.js';
export {
  ensureConnection,
  type InitOptions,
  init,
  isInitialized,
  type RayContext,
  shutdown,
} from './init.js';
export { kill } from './kill.js';
export { main } from './main-function.js';
export {
  PlacementGroup,
  type PlacementGroupOptions,
  type PlacementStrategyName,
  placementGroup,
  removePlacementGroup,
} from './placement-group.js';
export {
  type StartAgentOptions,
  type StartedAgent,
  type StartedHead,
  type StartHeadOptions,
  startAgent,
  startHead,
} from './start-cluster.js';
export { stopCluster, stopSessions } from './stop-cluster.js';
