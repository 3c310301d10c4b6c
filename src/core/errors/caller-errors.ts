import { RayError, type RayErrorOptions } from './ray-error.js';

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
