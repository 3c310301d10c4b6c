import { RayError, type RayErrorOptions } from './ray-error.js';

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
