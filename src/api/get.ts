import { GetTimeoutError, InvalidArgumentError } from '../core/index.js';
import { ObjectRef } from '../runtime/objects/object-ref.js';

/** Of a timer of Node.js, about 25 days; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface GetOptions {
  /** Default: wait for ever. */
  readonly timeoutMs?: number;
}

type Values<Refs extends readonly ObjectRef<unknown>[]> = {
  -readonly [I in keyof Refs]: Refs[I] extends ObjectRef<infer T> ? T : never;
};

/**
 * The values of refs, in their order. The first error among them is thrown at once, without waiting for the rest.
 * @throws what the call threw; {ActorDiedError}, {ActorUnavailableError}; {GetTimeoutError}: the work goes on.
 * @throws {InvalidArgumentError} for what is no ref, or a negative timeout.
 */
export function get<T>(ref: ObjectRef<T>, options?: GetOptions): Promise<T>;
export function get<const Refs extends readonly ObjectRef<unknown>[]>(
  refs: Refs,
  options?: GetOptions,
): Promise<Values<Refs>>;
export async function get(refs: unknown, options: GetOptions = {}): Promise<unknown> {
  const list = Array.isArray(refs) ? refs : [refs];
  if (!list.every((ref) => ref instanceof ObjectRef)) {
    throw new InvalidArgumentError('ray.get takes an ObjectRef or an array of ObjectRefs.');
  }
  requireTimeout(options.timeoutMs);
  const values = Promise.all(list.map((ref) => ref.value));
  const result = await withTimeout(values, options.timeoutMs, () => {
    throw new GetTimeoutError(`Get timed out after ${options.timeoutMs} ms: some object(s) not ready.`);
  });
  return Array.isArray(refs) ? result : result[0];
}

export interface WaitOptions {
  /** Default 1. */
  readonly numReturns?: number;
  /** Default: wait for ever. */
  readonly timeoutMs?: number;
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
  const { numReturns = 1, timeoutMs } = options;
  requireTimeout(timeoutMs);
  if (refs.length === 0) return [[], []];
  if (new Set(refs).size !== refs.length) throw new InvalidArgumentError('wait requires a list of unique refs.');
  if (!Number.isInteger(numReturns) || numReturns < 1 || numReturns > refs.length) {
    throw new InvalidArgumentError(`numReturns must be a whole number from 1 to ${refs.length}, got ${numReturns}.`);
  }
  const settled = new Set<ObjectRef<T>>();
  const enough = new Promise<void>((resolve) => {
    for (const ref of refs) {
      const onSettled = (): void => {
        settled.add(ref);
        if (settled.size >= numReturns) resolve();
      };
      ref.value.then(onSettled, onSettled);
    }
  });
  await withTimeout(enough, timeoutMs, () => undefined);
  const ready = refs.filter((ref) => settled.has(ref)).slice(0, numReturns);
  return [ready, refs.filter((ref) => !ready.includes(ref))];
}

function requireTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs >= 0) return;
  throw new InvalidArgumentError(`timeoutMs must be a number of at least 0, got ${timeoutMs}.`);
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number | undefined, onTimeout: () => T): Promise<T> {
  if (timeoutMs === undefined || timeoutMs > MAX_TIMER_MS) return work;
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    const first = await Promise.race([work.then((value) => ({ value })), timedOut]);
    return first ? first.value : onTimeout();
  } finally {
    clearTimeout(timer);
  }
}
