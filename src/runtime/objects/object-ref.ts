import { inspect } from 'node:util';
import { InvalidArgumentError, type ObjectId } from '../../core/index.js';
import { registerReferenceClass } from '../../rpc/index.js';
import type { ObjectEntry } from './object-entry.js';

/** By a name that two copies of the package share. */
const entryKey: unique symbol = Symbol.for('ray-ts.object-entry') as never;
declare const valueType: unique symbol;

/**
 * A value that will be there, here or in another process: the result of a remote call, or what `ray.put` stored. The value
 * is `await ray.get(ref)`; awaiting the ref itself gives the ref again, for it is no promise. As an argument of a remote call
 * it is replaced by its value; inside of containers it arrives as a ref. The value is kept until no process has a ref to it
 * left.
 */
export class ObjectRef<T> {
  /** Of no value: keeps apart the types of refs to different types. */
  declare readonly [valueType]: T;
  readonly [entryKey]: ObjectEntry;

  /** @internal */
  constructor(entry: ObjectEntry) {
    this[entryKey] = entry;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return isObjectRef(value);
  }

  /** The same for all refs to one object, in every process. */
  get id(): ObjectId {
    return this[entryKey].id;
  }

  /** The id, by Ray's name. */
  hex(): string {
    return this.id;
  }

  /** True for a ref to the same object. */
  equals(other: unknown): boolean {
    return isObjectRef(other) && other.id === this.id;
  }

  /** Text that a ref is written into does not keep the object alive, and nothing could make a ref of it again. */
  toJSON(): never {
    throw new InvalidArgumentError(
      `The ObjectRef ${this.id} can't be written as JSON. Pass it to remote calls as it is, or await ray.get first.`,
    );
  }

  [inspect.custom](): string {
    return `ObjectRef(${this.id}, ${this[entryKey].state.kind})`;
  }
}

registerReferenceClass(ObjectRef);

export function isObjectRef(value: unknown): value is ObjectRef<unknown> {
  return typeof value === 'object' && value !== null && entryKey in value;
}

/** @internal */
export const entryOf = (ref: ObjectRef<unknown>): ObjectEntry => ref[entryKey];

/** What may be passed where a remote method takes `T`. */
export type Remote<T> = T | ObjectRef<T>;
