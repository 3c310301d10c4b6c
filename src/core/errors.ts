/**
 * The one error family of ray-ts. Every error that crosses a public boundary is a {@link RayError} with a code from a
 * closed list; a subclass exists only where a caller would act differently. docs/errors.md lists the codes.
 */

export type RayErrorCode =
  | 'RAY_INVALID_ARGUMENT'
  | 'RAY_ILLEGAL_STATE'
  | 'RAY_NOT_INITIALIZED'
  | 'RAY_UNAUTHENTICATED'
  | 'RAY_PLACEMENT_GROUP_INFEASIBLE'
  | 'RAY_PLACEMENT_GROUP_REMOVED'
  | 'RAY_ACTOR_UNSCHEDULABLE'
  | 'RAY_TASK_UNSCHEDULABLE'
  | 'RAY_ACTOR_ALREADY_EXISTS'
  | 'RAY_ACTOR_DIED'
  | 'RAY_ACTOR_UNAVAILABLE'
  | 'RAY_PENDING_CALLS_LIMIT'
  | 'RAY_TASK_ERROR'
  | 'RAY_TASK_CANCELLED'
  | 'RAY_WORKER_CRASHED'
  | 'RAY_OUT_OF_MEMORY'
  | 'RAY_RUNTIME_ENV_SETUP'
  | 'RAY_GET_TIMEOUT'
  | 'RAY_DEADLINE_EXCEEDED'
  | 'RAY_QUEUE_EMPTY'
  | 'RAY_QUEUE_FULL'
  | 'RAY_OBJECT_STORE_FULL'
  | 'RAY_OBJECT_LOST'
  | 'RAY_OWNER_DIED'
  | 'RAY_NODE_DIED'
  | 'RAY_HEAD_UNAVAILABLE'
  | 'RAY_STALE_EPOCH'
  | 'RAY_STORE_UNAVAILABLE'
  | 'RAY_CHANNEL_CLOSED'
  | 'RAY_REQUEST_REJECTED'
  | 'RAY_MODEL_LOAD'
  | 'RAY_RANK_FAILED'
  | 'RAY_ENGINE_DEAD'
  | 'RAY_INTERNAL';

export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

export interface RayErrorOptions {
  /** What led here; kept as `error.cause`. */
  readonly cause?: unknown;
  /** JSON-safe facts (ids, hosts, pids) that travel with the error between processes. */
  readonly details?: ErrorDetails;
}

const brand: unique symbol = Symbol.for('ray-ts.error') as never;

/** Base of every ray-ts error. `instanceof` works across realms and duplicate copies of the package. */
export class RayError extends Error {
  readonly code: RayErrorCode;
  /** True when the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: RayErrorCode, message: string, options: RayErrorOptions & { readonly retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: new.target.name });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false;
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    const kind = (value as Record<PropertyKey, unknown>)[brand];
    return kind !== undefined && (this === RayError || kind === this.name);
  }
}

/** The caller passed something that can never work. Retrying is pointless. */
export class InvalidArgumentError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_INVALID_ARGUMENT', message, options);
  }
}

/** The call is not allowed in the object's present state (used after close, started twice). */
export class IllegalStateError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_ILLEGAL_STATE', message, options);
  }
}

/** The driver called the API before `ray.init()` or after `ray.shutdown()`. */
export class NotInitializedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_NOT_INITIALIZED', message, options);
  }
}

/** The peer refused the cluster token. */
export class UnauthenticatedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_UNAUTHENTICATED', message, options);
  }
}

/** The placement group can never fit the cluster as it is; the message holds a table per node. */
export class PlacementGroupInfeasibleError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_PLACEMENT_GROUP_INFEASIBLE', message, options);
  }
}

/** The placement group was removed, or its creator is gone. */
export class PlacementGroupRemovedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_PLACEMENT_GROUP_REMOVED', message, options);
  }
}

/** No node (or no bundle) can ever hold the actor. */
export class ActorUnschedulableError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_ACTOR_UNSCHEDULABLE', message, options);
  }
}

/** No node (or no bundle) can ever hold a worker for the task. */
export class TaskUnschedulableError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_TASK_UNSCHEDULABLE', message, options);
  }
}

/** A living actor of the namespace has the name. `details.actorId` says which. */
export class ActorAlreadyExistsError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_ACTOR_ALREADY_EXISTS', message, options);
  }
}

/** The actor is gone for good. `details` carries exit code, signal, host, pid; `mayHaveRun` tells of the failed call. */
export class ActorDiedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_ACTOR_DIED', message, options);
  }
}

/** The actor can't be reached now. The call may or may not have run; a later call may work. */
export class ActorUnavailableError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_ACTOR_UNAVAILABLE', message, { ...options, retryable: true });
  }
}

/** The handle has as many unfinished calls as its actor's `maxPendingCalls` allows. The call was not sent. */
export class PendingCallsLimitExceededError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_PENDING_CALLS_LIMIT', message, { ...options, retryable: true });
  }
}

/** User code threw in the actor or task. `details.remoteName` and `details.remoteStack` keep what it threw. */
export class TaskError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_TASK_ERROR', message, options);
  }
}

/** The call was cancelled with `ray.cancel`. `details.mayHaveRun` tells whether it had been sent. It is never retried. */
export class TaskCancelledError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_TASK_CANCELLED', message, options);
  }
}

/** The process that ran the task is gone, and so are its retries. `details` carries exit code, signal, host and pid. */
export class WorkerCrashedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_WORKER_CRASHED', message, options);
  }
}

/** A worker was ended because its node ran out of memory; the cause of the error of what it ran. */
export class OutOfMemoryError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_OUT_OF_MEMORY', message, { ...options, retryable: true });
  }
}

/** A node could not set up what a program needs around it: its packed folder is missing, damaged or unsafe. */
export class RuntimeEnvSetupError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_RUNTIME_ENV_SETUP', message, options);
  }
}

/** `ray.get` or `ray.wait` ran out of time; the work goes on. */
export class GetTimeoutError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_GET_TIMEOUT', message, { ...options, retryable: true });
  }
}

/** A remote call did not answer in time. It may have run. */
export class DeadlineExceededError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_DEADLINE_EXCEEDED', message, { ...options, retryable: true });
  }
}

/** A node's object store had no room for an object, and none came free in time. */
export class ObjectStoreFullError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_OBJECT_STORE_FULL', message, { ...options, retryable: true });
  }
}

/**
 * The object can't be had any more. `details.reason` says why: `freed` (by `ray.free`, or by its owner while this process was
 * cut off), `put` and `not-reconstructable` (every copy is gone and no call makes it again), `retries-exhausted`
 * (nor may its call run again), `unreachable` (copies that are said to be there can't be read).
 */
export class ObjectLostError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_OBJECT_LOST', message, options);
  }
}

/** The process that made the ref is gone, and with it the object. */
export class OwnerDiedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_OWNER_DIED', message, options);
  }
}

/** A queue had too few items in time. Nothing was taken. */
export class QueueEmptyError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_QUEUE_EMPTY', message, { ...options, retryable: true });
  }
}

/** A queue had no room in time. Nothing was put. */
export class QueueFullError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_QUEUE_FULL', message, { ...options, retryable: true });
  }
}

/** The node that held the resource is gone. */
export class NodeDiedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_NODE_DIED', message, options);
  }
}

/** The head can't be reached. Nothing is known of the call's effect. */
export class HeadUnavailableError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_HEAD_UNAVAILABLE', message, { ...options, retryable: true });
  }
}

/** Another head took over; this one may write nothing more. */
export class StaleEpochError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_STALE_EPOCH', message, options);
  }
}

/** The head's store did not answer in time. The write may have happened. */
export class StoreUnavailableError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_STORE_UNAVAILABLE', message, { ...options, retryable: true });
  }
}

/** The other end of a channel is closed, or the wait was aborted. */
export class ChannelClosedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_CHANNEL_CLOSED', message, options);
  }
}

/** The engine can never serve this request (a prompt longer than the model's length, an unknown token). */
export class RequestRejectedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_REQUEST_REJECTED', message, options);
  }
}

/** A model folder lacks something, is damaged, or holds an architecture that is not supported. */
export class ModelLoadError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_MODEL_LOAD', message, options);
  }
}

/** A rank failed or died during a step. `details` names rank, host, pid, signal. */
export class RankFailedError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_RANK_FAILED', message, options);
  }
}

/** The engine failed earlier; `cause` says why. Every later request is refused with the same cause. */
export class EngineDeadError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_ENGINE_DEAD', message, options);
  }
}

/** A fault in ray-ts itself. */
export class InternalError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_INTERNAL', message, options);
  }
}

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

/** The value as an Error: itself if it is one, else an Error that prints it. */
export function toError(value: unknown): Error {
  if (value instanceof Error) return value;
  try {
    return new Error(String(value));
  } catch {
    return new Error(Object.prototype.toString.call(value)); // an object that has no text
  }
}

/** Throws an {@link InternalError} when `condition` is false: for faults of ours, never for bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(`Internal invariant broken: ${message}. Please report this.`);
}
