import { InvalidArgumentError } from '../core/index.js';

/**
 * A value that will be there: the result of an actor call. `ray.get` gives the value. A ref may be passed as an argument
 * of another call, which then receives the value.
 */
export class ObjectRef<T> {
  readonly #value: Promise<T>;

  /** @internal */
  constructor(value: Promise<T>) {
    this.#value = value;
    // Whether the result is looked at is the caller's choice: a failed call that nobody gets is no crash.
    value.catch(() => undefined);
  }

  /** @internal */
  get value(): Promise<T> {
    return this.#value;
  }

  /** @internal A ref inside a container is not replaced by its value, and means nothing to another process. */
  toJSON(): never {
    throw new InvalidArgumentError(
      'an ObjectRef inside a container is not resolved: pass it as an argument of its own, or await ray.get first',
    );
  }
}

/** What may be passed where a remote method takes `T`. */
export type Remote<T> = T | ObjectRef<T>;

/** Arguments with every top-level ref replaced by its value (Ray's rule: refs inside containers are not). */
export async function resolveArguments(args: readonly unknown[]): Promise<unknown[]> {
  return Promise.all(args.map((argument) => (argument instanceof ObjectRef ? argument.value : argument)));
}
