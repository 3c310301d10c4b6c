/**
 * ray-ts: actors and placement groups over a cluster of machines.
 *
 *     import * as ray from 'ray-ts';
 *
 *     class Counter {
 *       #n = 0;
 *       add(k: number) { return (this.#n += k); }
 *     }
 *     const RemoteCounter = ray.remote(Counter);
 *
 *     ray.main(async () => {
 *       await ray.init();
 *       const counter = RemoteCounter.remote();
 *       console.log(await ray.get(counter.add.remote(2)));
 *     });
 *
 * The LLM engine is `ray-ts/llm`.
 */
export {
  type ActorClass,
  type ActorHandle,
  type ActorOptions,
  type CancelCallOptions,
  cancel,
  exitActor,
  free,
  type GetOptions,
  get,
  getActor,
  getRuntimeContext,
  type InitOptions,
  init,
  isInitialized,
  type KillOptions,
  kill,
  type MethodOptions,
  main,
  type NodeAffinitySchedulingStrategy,
  ObjectRef,
  ObjectRefGenerator,
  PlacementGroup,
  type PlacementGroupOptions,
  type PlacementGroupSchedulingStrategy,
  type PlacementStrategyName,
  placementGroup,
  put,
  type RayContext,
  type RemoteFunction,
  type RemoteMethod,
  type RuntimeContext,
  remote,
  removePlacementGroup,
  type SchedulingStrategyOption,
  shutdown,
  type TaskOptions,
  type WaitOptions,
  wait,
} from './api/index.js';
export {
  ActorDiedError,
  ActorUnavailableError,
  ActorUnschedulableError,
  GetTimeoutError,
  HeadUnavailableError,
  IllegalStateError,
  InvalidArgumentError,
  NotInitializedError,
  ObjectLostError,
  ObjectStoreFullError,
  OwnerDiedError,
  PendingCallsLimitExceededError,
  PlacementGroupInfeasibleError,
  PlacementGroupRemovedError,
  RayError,
  type RayErrorCode,
  type Resources,
  TaskCancelledError,
  TaskError,
  UnauthenticatedError,
  WorkerCrashedError,
} from './core/index.js';
