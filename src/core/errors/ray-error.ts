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
