import type { RayError } from '../../core/index.js';

/** When a call is tried again by itself. */
export interface RetryPolicy {
  /** Tries after the first one; -1: any number. */
  readonly maxRetries: number;
  /** Which errors of user code count: all, none, or those of these classes, by name. */
  readonly exceptions: boolean | readonly string[];
}

/** What ended a try: the process or the way to it, or an error that the callee answered with. */
export type CallFailure = { readonly kind: 'system' } | { readonly kind: 'application'; readonly error: RayError };

export const SYSTEM_FAILURE: CallFailure = { kind: 'system' };

/** Longest pause between two tries (Ray: 100 ms to 5 s, doubling). */
const MAX_DELAY_MS = 5_000;
const FIRST_DELAY_MS = 100;

/** @param attempt the number of the try that failed, from 0. */
export function mayRetry(policy: RetryPolicy, attempt: number, failure: CallFailure): boolean {
  if (policy.maxRetries >= 0 && attempt >= policy.maxRetries) return false;
  if (failure.kind === 'system') return true;
  if (failure.error.code === 'RAY_TASK_CANCELLED') return false;
  return typeof policy.exceptions === 'boolean'
    ? policy.exceptions
    : policy.exceptions.some((name) => classNames(failure.error).includes(name));
}

/** How long to wait before a peer that was unavailable is tried again for the `numFailures`th time, from 1. */
export const retryDelayMs = (numFailures: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** (numFailures - 1), MAX_DELAY_MS);

/** The error's own class, and for an error of user code those that it was thrown as, from the class to its bases. */
function classNames({ name, details }: RayError): string[] {
  return [name, String(details['remoteName'] ?? ''), ...String(details['remoteClasses'] ?? '').split(' ')];
}
