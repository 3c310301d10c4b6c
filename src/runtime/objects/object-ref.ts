import { InvalidArgumentError } from '../../core/index.js';
import { encodeValue, type Value } from '../../rpc/index.js';

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

/**
 * The wire form of a call's arguments. Every top-level ref is replaced by its value (Ray's rule: refs inside containers are
 * not); without refs the arguments are taken as they are now, whatever the caller does to them afterwards.
 * @throws {InvalidArgumentError} for what can't travel; what a ref's call threw.
 */
export async function encodeArguments(args: readonly unknown[]): Promise<Value> {
  if (!args.some((argument) => argument instanceof ObjectRef)) return encodeValue(args);
  return encodeValue(
    await Promise.all(args.map((argument) => (argument instanceof ObjectRef ? argument.value : argument))),
  );
}
