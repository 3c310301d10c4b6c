import { RayError, type RayErrorOptions } from './ray-error.js';

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
