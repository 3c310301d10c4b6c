import { RayError, type RayErrorOptions } from './ray-error.js';

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
