import { Deferred, InvalidArgumentError } from '../core/index.js';
import { blocked } from '../runtime/calls/current-task.js';
import { isObjectRef, type ObjectRef } from '../runtime/objects/object-ref.js';
import { currentRuntime } from '../runtime/runtime.js';
import { requireTimeout, withTimeout } from './with-timeout.js';

export interface WaitOptions {
  /** Default 1. */
  readonly numReturns?: number;
  /** Default: wait for ever. */
  readonly timeoutMs?: number;
  /** A large value counts as ready when it has been brought to this host. Default true; false: when it is anywhere. */
  readonly fetchLocal?: boolean;
}

/**
 * Waits until `numReturns` refs are ready, with a value or an error.
 * @returns the ready ones (at most `numReturns`) and the rest, each in the order given.
 * @throws {InvalidArgumentError} for refs that repeat, a `numReturns` outside 1..refs.length, or a negative timeout.
 */
export async function wait<T>(
  refs: readonly ObjectRef<T>[],
  options: WaitOptions = {},
): Promise<[ready: ObjectRef<T>[], rest: ObjectRef<T>[]]> {
  const { numReturns = 1, timeoutMs, fetchLocal = true } = options;
  requireTimeout(timeoutMs);
  requireRefs(refs);
  if (refs.length === 0) return [[], []];
  if (!Number.isInteger(numReturns) || numReturns < 1 || numReturns > refs.length) {
    throw new InvalidArgumentError(`numReturns must be a whole number from 1 to ${refs.length}, got ${numReturns}.`);
  }
  const settled = await settledFirst(refs, numReturns, timeoutMs, fetchLocal);
  const ready = refs.filter((ref) => settled.has(ref)).slice(0, numReturns);
  return [ready, refs.filter((ref) => !ready.includes(ref))];
}

function requireRefs(refs: unknown): void {
  if (!Array.isArray(refs) || !refs.every(isObjectRef)) {
    throw new InvalidArgumentError('ray.wait takes an array of ObjectRefs.');
  }
  if (new Set(refs.map(({ id }) => id)).size !== refs.length) {
    throw new InvalidArgumentError('ray.wait requires a list of unique refs.');
  }
}

/** Those that are ready when there are enough, or when the time is up. */
async function settledFirst<T>(
  refs: readonly ObjectRef<T>[],
  numReturns: number,
  timeoutMs: number | undefined,
  fetchLocal: boolean,
): Promise<ReadonlySet<ObjectRef<T>>> {
  const { objects } = currentRuntime();
  const settled = new Set<ObjectRef<T>>();
  const enough = new Deferred<void>();
  const cancels = refs.map((ref) =>
    objects.whenReady(ref, fetchLocal, () => {
      settled.add(ref);
      if (settled.size >= numReturns) enough.resolve();
    }),
  );
  if (settled.size < numReturns) await blocked(() => withTimeout(enough.promise, timeoutMs, () => undefined));
  for (const cancel of cancels) cancel();
  return settled;
}
