import { Deferred, InvalidArgumentError } from '../core/index.js';
import { blocked } from '../runtime/calls/current-task.js';
import { isObjectRefGenerator, type ObjectRefGenerator, streamOf } from '../runtime/calls/object-ref-generator.js';
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

/** What can be waited for. */
export type Waitable = ObjectRef<unknown> | ObjectRefGenerator<unknown>;

/**
 * Waits until `numReturns` refs are ready, with a value or an error. A generator is ready when its next ref can be taken
 * without waiting and is ready itself, or when it has ended.
 *
 *     const [ready] = await ray.wait([chunks.remote(), ref]);
 *
 * @returns the ready ones (at most `numReturns`) and the rest, each in the order given.
 * @throws {InvalidArgumentError} for refs that repeat, a `numReturns` outside 1..refs.length, or a negative timeout.
 */
export async function wait<W extends Waitable>(
  refs: readonly W[],
  options: WaitOptions = {},
): Promise<[ready: W[], rest: W[]]> {
  const { numReturns = 1, timeoutMs, fetchLocal = true } = options;
  requireTimeout(timeoutMs);
  requireWaitables(refs);
  if (refs.length === 0) return [[], []];
  if (!Number.isInteger(numReturns) || numReturns < 1 || numReturns > refs.length) {
    throw new InvalidArgumentError(`numReturns must be a whole number from 1 to ${refs.length}, got ${numReturns}.`);
  }
  const settled = await settledFirst(refs, numReturns, timeoutMs, fetchLocal);
  const ready = refs.filter((ref) => settled.has(ref)).slice(0, numReturns);
  return [ready, refs.filter((ref) => !ready.includes(ref))];
}

function requireWaitables(refs: readonly unknown[]): void {
  if (!Array.isArray(refs) || !refs.every((ref) => isObjectRef(ref) || isObjectRefGenerator(ref))) {
    throw new InvalidArgumentError('ray.wait takes an array of ObjectRefs and ObjectRefGenerators.');
  }
  if (new Set(refs.map((ref) => (isObjectRef(ref) ? ref.id : streamOf(ref)))).size !== refs.length) {
    throw new InvalidArgumentError('ray.wait requires a list of unique refs.');
  }
}

/** Those that are ready when there are enough, or when the time is up. */
async function settledFirst<W extends Waitable>(
  refs: readonly W[],
  numReturns: number,
  timeoutMs: number | undefined,
  fetchLocal: boolean,
): Promise<ReadonlySet<W>> {
  const settled = new Set<W>();
  const enough = new Deferred<void>();
  const cancels = refs.map((ref) =>
    whenReady(ref, fetchLocal, () => {
      settled.add(ref);
      if (settled.size >= numReturns) enough.resolve();
    }),
  );
  if (settled.size < numReturns) await blocked(() => withTimeout(enough.promise, timeoutMs, () => undefined));
  for (const cancel of cancels) cancel();
  return settled;
}

/** Calls the listener once, at once if it is ready; the function returned ends the wait. */
function whenReady(waitable: Waitable, fetchLocal: boolean, listener: () => void): () => void {
  const { objects } = currentRuntime();
  if (isObjectRef(waitable)) return objects.whenReady(waitable, fetchLocal, listener);
  let cancelItem = (): void => undefined;
  const cancelNext = streamOf(waitable).whenNext((item) => {
    if (item) cancelItem = objects.whenReady(item, fetchLocal, listener);
    else listener();
  });
  return () => {
    cancelNext();
    cancelItem();
  };
}
