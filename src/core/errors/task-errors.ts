import { RayError, type RayErrorOptions } from './ray-error.js';

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
