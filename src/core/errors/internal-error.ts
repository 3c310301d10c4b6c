import { RayError, type RayErrorOptions } from './ray-error.js';

/** A fault in ray-ts itself. */
export class InternalError extends RayError {
  constructor(message: string, options?: RayErrorOptions) {
    super('RAY_INTERNAL', message, options);
  }
}

/** Throws an {@link InternalError} when `condition` is false: for faults of ours, never for bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(`Internal invariant broken: ${message}. Please report this.`);
}
