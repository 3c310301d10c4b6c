import { RayError, type RayErrorOptions } from './ray-error.js';

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
