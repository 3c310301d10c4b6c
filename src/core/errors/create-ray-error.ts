import {
  ActorAlreadyExistsError,
  ActorDiedError,
  ActorUnavailableError,
  PendingCallsLimitExceededError,
} from './actor-errors.js';
import { IllegalStateError, InvalidArgumentError, NotInitializedError, UnauthenticatedError } from './caller-errors.js';
import {
  ChannelClosedError,
  HeadUnavailableError,
  NodeDiedError,
  StaleEpochError,
  StoreUnavailableError,
} from './cluster-errors.js';
import { EngineDeadError, ModelLoadError, RankFailedError, RequestRejectedError } from './engine-errors.js';
import { InternalError } from './internal-error.js';
import { ObjectLostError, ObjectStoreFullError, OwnerDiedError } from './object-errors.js';
import {
  ActorUnschedulableError,
  PlacementGroupInfeasibleError,
  PlacementGroupRemovedError,
  TaskUnschedulableError,
} from './placement-errors.js';
import type { RayError, RayErrorCode, RayErrorOptions } from './ray-error.js';
import {
  OutOfMemoryError,
  RuntimeEnvSetupError,
  TaskCancelledError,
  TaskError,
  WorkerCrashedError,
} from './task-errors.js';
import { DeadlineExceededError, GetTimeoutError, QueueEmptyError, QueueFullError } from './timeout-errors.js';

type RayErrorClass = new (message: string, options?: RayErrorOptions) => RayError;

const classOfCode = {
  RAY_INVALID_ARGUMENT: InvalidArgumentError,
  RAY_ILLEGAL_STATE: IllegalStateError,
  RAY_NOT_INITIALIZED: NotInitializedError,
  RAY_UNAUTHENTICATED: UnauthenticatedError,
  RAY_PLACEMENT_GROUP_INFEASIBLE: PlacementGroupInfeasibleError,
  RAY_PLACEMENT_GROUP_REMOVED: PlacementGroupRemovedError,
  RAY_ACTOR_UNSCHEDULABLE: ActorUnschedulableError,
  RAY_TASK_UNSCHEDULABLE: TaskUnschedulableError,
  RAY_ACTOR_ALREADY_EXISTS: ActorAlreadyExistsError,
  RAY_ACTOR_DIED: ActorDiedError,
  RAY_ACTOR_UNAVAILABLE: ActorUnavailableError,
  RAY_PENDING_CALLS_LIMIT: PendingCallsLimitExceededError,
  RAY_TASK_ERROR: TaskError,
  RAY_TASK_CANCELLED: TaskCancelledError,
  RAY_WORKER_CRASHED: WorkerCrashedError,
  RAY_OUT_OF_MEMORY: OutOfMemoryError,
  RAY_RUNTIME_ENV_SETUP: RuntimeEnvSetupError,
  RAY_GET_TIMEOUT: GetTimeoutError,
  RAY_DEADLINE_EXCEEDED: DeadlineExceededError,
  RAY_QUEUE_EMPTY: QueueEmptyError,
  RAY_QUEUE_FULL: QueueFullError,
  RAY_OBJECT_STORE_FULL: ObjectStoreFullError,
  RAY_OBJECT_LOST: ObjectLostError,
  RAY_OWNER_DIED: OwnerDiedError,
  RAY_NODE_DIED: NodeDiedError,
  RAY_HEAD_UNAVAILABLE: HeadUnavailableError,
  RAY_STALE_EPOCH: StaleEpochError,
  RAY_STORE_UNAVAILABLE: StoreUnavailableError,
  RAY_CHANNEL_CLOSED: ChannelClosedError,
  RAY_REQUEST_REJECTED: RequestRejectedError,
  RAY_MODEL_LOAD: ModelLoadError,
  RAY_RANK_FAILED: RankFailedError,
  RAY_ENGINE_DEAD: EngineDeadError,
  RAY_INTERNAL: InternalError,
} as const satisfies Record<RayErrorCode, RayErrorClass>;

/** Every code, in the order of docs/errors.md. */
export const rayErrorCodes = Object.keys(classOfCode) as readonly RayErrorCode[];

/** Rebuilds an error received from another process. An unknown code, from a newer peer, becomes an InternalError. */
export function createRayError(code: string, message: string, options?: RayErrorOptions): RayError {
  const ErrorClass: RayErrorClass = isRayErrorCode(code) ? classOfCode[code] : InternalError;
  return new ErrorClass(message, options);
}

/** Own names only: a peer may send anything, `constructor` too. */
const isRayErrorCode = (code: string): code is RayErrorCode => Object.hasOwn(classOfCode, code);
