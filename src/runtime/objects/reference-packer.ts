import type { ObjectOwner, ObjectReference, Value } from '../../rpc/index.js';
import { encodeValueInPlace, valueBytes } from '../../rpc/index.js';
import type { ObjectDirectory } from './object-directory.js';
import type { ObjectEntry } from './object-entry.js';
import { entryOf, type ObjectRef } from './object-ref.js';

/** What a value may have to travel inside of messages, and to stay with its owner; a larger one is stored (Ray's limit). */
export const MAX_INLINE_BYTES = 100 * 1024;

/** An encoded value whose refs are held. */
export interface PackedValue {
  readonly value: Value;
  readonly isInline: boolean;
  /** Lets go of the refs; undefined when there are none. */
  readonly release: (() => void) | undefined;
}

/** Encodes values with the refs in them, which count as needed until they are released. */
export class ReferencePacker {
  readonly #directory: ObjectDirectory;
  readonly #self: () => ObjectOwner | Promise<ObjectOwner>;

  /** @param self this process as an owner; a promise until others can reach it. */
  constructor(directory: ObjectDirectory, self: () => ObjectOwner | Promise<ObjectOwner>) {
    this.#directory = directory;
    this.#self = self;
  }

  /**
   * Encodes the value as it is now. A promise only for one with refs of this process, before others can reach it.
   *
   * @param large `shared`: the arrays of a value that is not inline keep their memory, which must not change.
   * @throws {InvalidArgumentError} for what can't travel.
   */
  pack(value: unknown, large: 'copied' | 'shared'): PackedValue | Promise<PackedValue> {
    const found: object[] = [];
    const inPlace = encodeValueInPlace(value, found);
    const isInline = valueBytes(inPlace) <= MAX_INLINE_BYTES;
    const encoded = isInline || large === 'copied' ? withOwnSegments(inPlace) : inPlace;
    if (found.length === 0) return { value: encoded, isInline, release: undefined };
    return this.#withReferences(encoded, isInline, found as ObjectRef<unknown>[]);
  }

  /** Keeps refs alive until the returned function is called. */
  hold(refs: readonly ObjectRef<unknown>[]): () => void {
    const releases = refs.map((ref) => this.#directory.hold(this.#directory.startCounting(ref).id));
    return () => {
      for (const release of releases) release();
    };
  }

  #withReferences(
    encoded: Value,
    isInline: boolean,
    refs: readonly ObjectRef<unknown>[],
  ): PackedValue | Promise<PackedValue> {
    const release = this.hold(refs);
    const finish = (self: ObjectOwner | undefined): PackedValue => {
      const references = refs.map((ref) => referenceTo(entryOf(ref), self));
      return { value: { ...encoded, references }, isInline, release };
    };
    const self = refs.every((ref) => entryOf(ref).owner) ? undefined : this.#self();
    if (!(self instanceof Promise)) return finish(self);
    return self.then(finish, (error: unknown) => {
      release();
      throw error;
    });
  }
}

function referenceTo({ id, owner, state }: ObjectEntry, self: ObjectOwner | undefined): ObjectReference {
  return { objectId: id, owner: owner ?? self, storedBytes: state.kind === 'stored' ? state.stored.size : 0 };
}

/** The same value in memory of its own, wherever the arrays lie that it came from or that were made of it. */
export function withOwnSegments(value: Value): Value {
  if (value.segments.length === 0) return value;
  return { ...value, segments: value.segments.map((segment) => new Uint8Array(segment)) };
}
