import { RayError, type RayErrorOptions } from './ray-error.js';

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
