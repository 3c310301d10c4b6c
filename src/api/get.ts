import { GetTimeoutError, InvalidArgumentError } from '../core/index.js';
import { blocked } from '../runtime/calls/current-task.js';
import { isObjectRef, type ObjectRef } from '../runtime/objects/object-ref.js';
import { currentRuntime } from '../runtime/runtime.js';
import { requireTimeout, withTimeout } from './with-timeout.js';

export interface GetOptions {
  /** Default: wait for ever. 0: only what is there now. */
  readonly timeoutMs?: number;
}

type ValueOf<Ref> = Ref extends ObjectRef<infer T> ? T : never;
type Values<Refs extends readonly ObjectRef<unknown>[]> = { -readonly [I in keyof Refs]: ValueOf<Refs[I]> };

/**
 * The values of refs, in their order. The first error among them is thrown at once, without waiting for the rest. Each call
 * gives values of its own: changing one changes no other. Typed arrays and Buffers of values over 100 KiB are views of the
 * node's shared memory, without a copy.
 *
 * @throws what the call threw; {ActorDiedError}, {ActorUnavailableError}; {ObjectLostError}, {OwnerDiedError};
 *  {GetTimeoutError}: the work goes on.
 * @throws {InvalidArgumentError} for what is no ref, or a negative timeout.
 */
export function get<T>(ref: ObjectRef<T>, options?: GetOptions): Promise<T>;
/** Of a ref that is one of several types. */
export function get<Ref extends ObjectRef<unknown>>(ref: Ref, options?: GetOptions): Promise<ValueOf<Ref>>;
export function get<const Refs extends readonly ObjectRef<unknown>[]>(
  refs: Refs,
  options?: GetOptions,
): Promise<Values<Refs>>;
export async function get(refs: unknown, options: GetOptions = {}): Promise<unknown> {
  requireTimeout(options.timeoutMs);
  const read = Array.isArray(refs) ? readAll(refs) : readOne(refs);
  return read instanceof Promise ? blocked(() => withinTimeout(read, options.timeoutMs)) : read;
}

function readOne(ref: unknown): unknown {
  if (!isObjectRef(ref)) throw new InvalidArgumentError('ray.get takes an ObjectRef or an array of ObjectRefs.');
  return currentRuntime().objects.read(ref);
}

function readAll(refs: readonly unknown[]): unknown {
  if (!refs.every(isObjectRef)) throw new InvalidArgumentError('ray.get takes an ObjectRef or an array of ObjectRefs.');
  const { objects } = currentRuntime();
  // A promise also for an error that is there: those before it may fail too, and somebody must see it.
  const reads = refs.map((ref) => {
    try {
      return objects.read(ref);
    } catch (error) {
      return Promise.reject(error);
    }
  });
  return reads.some((read) => read instanceof Promise) ? Promise.all(reads) : reads;
}

function withinTimeout(read: Promise<unknown>, timeoutMs: number | undefined): Promise<unknown> {
  return withTimeout(read, timeoutMs, () => {
    throw new GetTimeoutError(`Get timed out after ${timeoutMs} ms: some object(s) not ready.`);
  });
}
