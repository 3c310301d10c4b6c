import { createRayError, InvalidArgumentError, type ObjectId, type RayError } from '../../core/index.js';
import {
  encodeValueInPlace,
  type ObjectOwner,
  type StoredArgument,
  type StoredObject,
  type Value,
  valueBytes,
} from '../../rpc/index.js';
import type { SettledState } from './object-entry.js';
import type { ObjectReader, OpenedValue } from './object-reader.js';
import { entryOf, isObjectRef, type ObjectRef } from './object-ref.js';
import type { ObjectStoreClient } from './object-store-client.js';
import type { DecodedArguments, EncodedArguments, EncodedResult, ResultTarget } from './objects.js';
import { MAX_INLINE_BYTES, type PackedValue, type ReferencePacker } from './reference-packer.js';

export interface CallCodecOptions {
  readonly packer: ReferencePacker;
  readonly reader: ObjectReader;
  /** This process as an owner; a promise until others can reach it. */
  readonly self: () => ObjectOwner | Promise<ObjectOwner>;
  readonly store: () => Promise<ObjectStoreClient>;
  /** Stores a packed value as an object of this process that has no ref. */
  readonly putHeld: (packed: PackedValue) => Promise<HeldObject>;
}

/** A stored object that is kept until it is released. */
export interface HeldObject {
  readonly objectId: ObjectId;
  readonly stored: StoredObject;
  readonly release: () => void;
}

const NONE: readonly StoredArgument[] = [];

/** Arguments and results on their way into a message and out of it: small values inside, large ones by the stores. */
export class CallCodec {
  readonly #options: CallCodecOptions;

  constructor(options: CallCodecOptions) {
    this.#options = options;
  }

  /** As {@link Objects.encodeArguments}. */
  encodeArguments(args: readonly unknown[]): EncodedArguments | Promise<EncodedArguments> {
    if (args.some(isObjectRef)) return this.#encodeWithRefs(args);
    const packed = this.#options.packer.pack(args, 'copied');
    if (packed instanceof Promise) return packed.then((ready) => this.#placeArguments(args, ready));
    return this.#placeArguments(args, packed);
  }

  /** As {@link Objects.decodeArguments}. */
  decodeArguments(
    args: Value | null | undefined,
    storedArgs: readonly StoredArgument[],
  ): DecodedArguments | Promise<DecodedArguments> {
    const { value, borrowed } = this.#options.reader.open(args);
    if (!Array.isArray(value)) throw new InvalidArgumentError('The arguments of a call are no list.');
    if (storedArgs.length === 0) return { args: value, borrowed };
    return this.#openStored(value, borrowed, storedArgs);
  }

  /** As {@link Objects.encodeResult}. */
  encodeResult(value: unknown, target: ResultTarget): EncodedResult | Promise<EncodedResult> {
    const packed = this.#options.packer.pack(value, 'copied');
    if (packed instanceof Promise) return packed.then((ready) => this.#placeResult(ready, target));
    return this.#placeResult(packed, target);
  }

  async #encodeWithRefs(args: readonly unknown[]): Promise<EncodedArguments> {
    const { packer, reader } = this.#options;
    // The others are taken as they are now, before the refs are waited for.
    const others = await packer.pack(
      args.map((arg) => (isObjectRef(arg) ? undefined : arg)),
      'copied',
    );
    const releases = others.release ? [others.release] : [];
    try {
      const states = await Promise.all(args.map((arg, position) => this.#settledArgument(arg, position)));
      const list = reader.open(others.value).value as unknown[];
      const storedRefs = await this.#fill(list, args, states, releases);
      const encoded = await this.#placeArguments(list, await packer.pack(list, 'copied'));
      if (encoded.release) releases.push(encoded.release);
      return {
        args: encoded.args,
        storedArgs: [...encoded.storedArgs, ...storedRefs],
        release: releases.length > 0 ? all(releases) : undefined,
      };
    } catch (error) {
      all(releases)();
      throw error;
    }
  }

  /** The state of an argument that is a ref. */
  async #settledArgument(arg: unknown, position: number): Promise<SettledState | undefined> {
    if (!isObjectRef(arg)) return undefined;
    const state = await this.#options.reader.settled(arg);
    if (state.kind === 'error') throw failedArgument(state.error, arg, position);
    return state;
  }

  /** Puts small values in their places; returns the large ones, held until they are released. */
  async #fill(
    list: unknown[],
    args: readonly unknown[],
    states: readonly (SettledState | undefined)[],
    releases: (() => void)[],
  ): Promise<StoredArgument[]> {
    const storedArgs: StoredArgument[] = [];
    for (const [position, state] of states.entries()) {
      const ref = args[position] as ObjectRef<unknown>;
      if (state?.kind === 'value') list[position] = this.#options.reader.read(ref);
      if (state?.kind !== 'stored') continue;
      releases.push(this.#options.packer.hold([ref]));
      const owner = entryOf(ref).owner ?? (await this.#options.self());
      storedArgs.push({ position, objectId: ref.id, owner, stored: state.stored });
    }
    return storedArgs;
  }

  #placeArguments(args: readonly unknown[], packed: PackedValue): EncodedArguments | Promise<EncodedArguments> {
    if (packed.isInline) return { args: packed.value, storedArgs: NONE, release: packed.release };
    const large = largeArguments(args);
    if (large.size === 0) return { args: packed.value, storedArgs: NONE, release: packed.release };
    packed.release?.();
    return this.#placeLarge(args, large);
  }

  /** Large arguments go by the store, as if they had been put; the others inside the message. All are taken as they are now. */
  async #placeLarge(args: readonly unknown[], large: ReadonlySet<number>): Promise<EncodedArguments> {
    const { packer, putHeld, self } = this.#options;
    const small = packer.pack(
      args.map((arg, position) => (large.has(position) ? undefined : arg)),
      'copied',
    );
    const releases: (() => void)[] = [];
    const putting = [...large].map(async (position) => {
      const { release, ...object } = await putHeld(await packer.pack(args[position], 'copied'));
      releases.push(release);
      return { position, ...object };
    });
    const { value, release } = await small;
    if (release) releases.push(release);
    try {
      const put = await Promise.all(putting);
      const owner = await self();
      return { args: value, storedArgs: put.map((object) => ({ ...object, owner })), release: all(releases) };
    } catch (error) {
      void Promise.allSettled(putting).then(all(releases));
      throw error;
    }
  }

  async #openStored(
    args: unknown[],
    borrowed: Promise<void> | undefined,
    storedArgs: readonly StoredArgument[],
  ): Promise<DecodedArguments> {
    const opened = await Promise.all(storedArgs.map((stored) => this.#openArgument(stored)));
    for (const [index, { position }] of storedArgs.entries()) args[position] = opened[index]!.value;
    const waits = [borrowed, ...opened.map((one) => one.borrowed)].filter((wait) => wait !== undefined);
    return { args, borrowed: waits.length > 0 ? Promise.all(waits).then(() => undefined) : undefined };
  }

  #openArgument({ position, objectId, owner, stored }: StoredArgument): Promise<OpenedValue> {
    if (!owner || !stored)
      throw new InvalidArgumentError(`Argument ${position} of a call is a stored object without owner.`);
    return this.#options.reader.openStored(objectId as ObjectId, owner, stored);
  }

  #placeResult(packed: PackedValue, target: ResultTarget): EncodedResult | Promise<EncodedResult> {
    if (packed.isInline) return { result: { value: packed.value }, release: packed.release };
    return this.#storeResult(packed, target);
  }

  async #storeResult({ value, release }: PackedValue, target: ResultTarget): Promise<EncodedResult> {
    try {
      const store = await this.#options.store();
      return { result: { stored: await store.put(target.objectId, target.ownerWorkerId, value) }, release };
    } catch (error) {
      release?.();
      throw error;
    }
  }
}

/** Ray's limit for what one call carries inside; beyond it every argument goes by the store. */
const MAX_CALL_BYTES = 10 * 1024 * 1024;

/** The places of those that are too large to travel inside the message. */
function largeArguments(args: readonly unknown[]): ReadonlySet<number> {
  const sizes = args.map((arg) => valueBytes(encodeValueInPlace(arg, [])));
  const inlineBytes = sizes.filter((bytes) => bytes <= MAX_INLINE_BYTES).reduce((sum, bytes) => sum + bytes, 0);
  const limit = inlineBytes <= MAX_CALL_BYTES ? MAX_INLINE_BYTES : 0;
  return new Set([...sizes.keys()].filter((position) => sizes[position]! > limit));
}

const all = (releases: readonly (() => void)[]) => (): void => {
  for (const release of releases) release();
};

/** A call whose argument can't be had fails in the way in which the argument did. */
const failedArgument = (cause: RayError, ref: ObjectRef<unknown>, position: number): RayError =>
  createRayError(cause.code, `Argument ${position} of the call failed, so the call did not run: ${cause.message}`, {
    cause,
    details: { ...cause.details, argument: position, objectId: ref.id, mayHaveRun: false },
  });
