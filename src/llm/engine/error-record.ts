import { createRayError, type ErrorDetails, RayError, toError } from '../../core/index.js';

/** An error as plain data, for the way between threads and processes. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  readonly details: ErrorDetails;
  /** Where it was thrown, for people. */
  readonly stack: string | undefined;
  readonly cause: ErrorRecord | undefined;
}

/** Anything that is no RayError becomes an internal error. */
export function toErrorRecord(value: unknown): ErrorRecord {
  const error = toError(value);
  return {
    code: error instanceof RayError ? error.code : 'RAY_INTERNAL',
    message: error.message,
    details: error instanceof RayError ? error.details : {},
    stack: error.stack,
    cause: error.cause === undefined ? undefined : toErrorRecord(error.cause),
  };
}

/** Keeps the stack of where it was thrown: the one of this call would tell nothing. */
export function fromErrorRecord(record: ErrorRecord): RayError {
  const cause = record.cause === undefined ? undefined : fromErrorRecord(record.cause);
  const error = createRayError(record.code, record.message, { details: record.details, cause });
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}
