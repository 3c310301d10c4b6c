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
  ActorPool,
  availableResources,
  type CancelCallOptions,
  cancel,
  clusterResources,
  collective,
  exitActor,
  free,
  type GetActorOptions,
  type GetOptions,
  type GetPlacementGroupOptions,
  get,
  getActor,
  getCurrentPlacementGroup,
  getGpuIds,
  getPlacementGroup,
  getRuntimeContext,
  type InitOptions,
  init,
  isInitialized,
  type KillOptions,
  kill,
  type MethodOptions,
  main,
  type NodeAffinitySchedulingStrategy,
  type NodeInfo,
  nodes,
  ObjectRef,
  ObjectRefGenerator,
  PlacementGroup,
  type PlacementGroupInfo,
  type PlacementGroupOptions,
  type PlacementGroupSchedulingStrategy,
  type PlacementStrategyName,
  placementGroup,
  placementGroupTable,
  put,
  Queue,
  type RayContext,
  type RemoteFunction,
  type RemoteMethod,
  type RuntimeContext,
  remote,
  removePlacementGroup,
  type SchedulingStrategyOption,
  shutdown,
  type TaskOptions,
  type TraceEvent,
  timeline,
  type Waitable,
  type WaitOptions,
  wait,
} from './api/index.js';
export {
  ActorAlreadyExistsError,
  ActorDiedError,
  ActorUnavailableError,
  ActorUnschedulableError,
  DeadlineExceededError,
  GetTimeoutError,
  HeadUnavailableError,
  IllegalStateError,
  InvalidArgumentError,
  NodeDiedError,
  NotInitializedError,
  ObjectLostError,
  ObjectStoreFullError,
  OutOfMemoryError,
  OwnerDiedError,
  PendingCallsLimitExceededError,
  PlacementGroupInfeasibleError,
  PlacementGroupRemovedError,
  QueueEmptyError,
  QueueFullError,
  RayError,
  type RayErrorCode,
  type Resources,
  RuntimeEnvSetupError,
  StoreUnavailableError,
  TaskCancelledError,
  TaskError,
  TaskUnschedulableError,
  UnauthenticatedError,
  WorkerCrashedError,
} from './core/index.js';
