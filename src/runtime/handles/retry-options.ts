import { InvalidArgumentError } from '../../core/index.js';

/** Which errors of user code are tried again: all, or those of these classes, given as classes or by name. */
export type RetryExceptions = boolean | readonly (string | (abstract new (...args: never[]) => Error))[];

/** @throws {InvalidArgumentError} for what is neither a boolean nor a list of classes and names. */
export function validateRetryExceptions(value: RetryExceptions | undefined): void {
  if (value === undefined || typeof value === 'boolean') return;
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string' || typeof one === 'function');
  if (!isList)
    throw new InvalidArgumentError('retryExceptions must be true, false, or a list of error classes and names.');
}

/** By name: classes don't travel. */
export function retriedExceptions(value: RetryExceptions | undefined): boolean | readonly string[] {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  return value.map((one) => (typeof one === 'string' ? one : one.name));
}
