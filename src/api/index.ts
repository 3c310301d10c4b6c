/** The driver's API, and what the rest of src/ may use beside it (not part of the public door). */

export type { ActorConnection } from '../runtime/calls/actor-connection.js';
export { ObjectRefGenerator } from '../runtime/calls/object-ref-generator.js';
export { type ActorHandle, actorConnection, type RemoteMethod } from '../runtime/handles/actor-handle.js';
export type { MethodOptions } from '../runtime/handles/method-options.js';
export type { HeadConnection } from '../runtime/head-connection.js';
export { ObjectRef } from '../runtime/objects/object-ref.js';
export type { ActorClass } from './actor-class.js';
export type { ActorOptions } from './actor-options.js';
export { ActorPool, type NextOptions, type PoolCall } from './actor-pool.js';
export { type CancelCallOptions, cancel } from './cancel.js';
export type { TraceEvent } from './chrome-trace.js';
export { availableResources, clusterResources, type NodeInfo, nodes } from './cluster.js';
export * as collective from './collective.js';
export { exitActor } from './exit-actor.js';
export { free } from './free.js';
export { type GetOptions, get } from './get.js';
export { type GetActorOptions, getActor } from './get-actor.js';
export { groupByAttempt } from './group-by-attempt.js';
export {
  ensureConnection,
  type InitOptions,
  init,
  isInitialized,
  type RayContext,
  shutdown,
} from './init.js';
export { type KillOptions, kill } from './kill.js';
export { main } from './main-function.js';
export {
  type GetPlacementGroupOptions,
  getCurrentPlacementGroup,
  getPlacementGroup,
  PlacementGroup,
  placementGroup,
  removePlacementGroup,
} from './placement-group.js';
export type { PlacementGroupOptions, PlacementStrategyName } from './placement-group-options.js';
export { type PlacementGroupInfo, placementGroupTable } from './placement-group-table.js';
export { put } from './put.js';
export { Queue, type QueueWait } from './queue.js';
export { remote, remoteByPath, remoteFunctionByPath } from './remote.js';
export type { RemoteFunction } from './remote-function.js';
export { getGpuIds, getRuntimeContext, type RuntimeContext } from './runtime-context.js';
export type {
  NodeAffinitySchedulingStrategy,
  PlacementGroupSchedulingStrategy,
  SchedulingStrategyOption,
} from './scheduling-options.js';
export {
  type StartAgentOptions,
  type StartedAgent,
  type StartedHead,
  type StartHeadOptions,
  startAgent,
  startHead,
} from './start-cluster.js';
export { stopCluster, stopSessions } from './stop-cluster.js';
export type { TaskOptions } from './task-options.js';
export { readTrace, timeline } from './timeline.js';
export { type Waitable, type WaitOptions, wait } from './wait.js';
