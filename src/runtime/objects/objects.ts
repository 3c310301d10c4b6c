import type { ObjectId, RayError } from '../../core/index.js';
import type { StoredArgument, StoredObject, Value } from '../../rpc/index.js';
import type { Lineage } from './lineage.js';
import type { ObjectRef } from './object-ref.js';

export type { Lineage } from './lineage.js';

/** What an object turned out to be. */
export type ObjectOutcome =
  | { readonly value: Value }
  | { readonly stored: StoredObject }
  | { readonly error: RayError };

/** A call's arguments as they leave. */
export interface EncodedArguments {
  /** The array of arguments; those in `storedArgs` are undefined in it. */
  readonly args: Value;
  readonly storedArgs: readonly StoredArgument[];
  /**
   * Lets go of the refs in the arguments: call it once when the reply is there, or the call will never be sent (again).
   * Undefined when the arguments hold none.
   */
  readonly release: (() => void) | undefined;
}

/** A call's arguments as the callee's code gets them. */
export interface DecodedArguments {
  readonly args: unknown[];
  /** Settles, never rejects, once the owners of the refs inside know of this process: the reply must wait for it. */
  readonly borrowed: Promise<void> | undefined;
}

/** A call's result as it leaves the callee. */
export interface EncodedResult {
  /** Fits `Result`, and `Reply` but for the name of its `value` (`result` there). */
  readonly result: { readonly value: Value } | { readonly stored: StoredObject };
  /**
   * Lets go of the refs inside: call it once when the caller has `released` the reply, or its stream is gone. Undefined when
   * there are none; the caller then sends no `released`.
   */
  readonly release: (() => void) | undefined;
}

/** Whose a result is: the caller's, under an id of the caller's. */
export interface ResultTarget {
  /** Of the result: {@link objectIdOf} the caller and `Call.objectNumber` plus the place of the return value, from 0. */
  readonly objectId: ObjectId;
  readonly ownerWorkerId: string;
}

/**
 * The objects of a process: those that it owns, and those of others that it borrows. What travels is encoded and decoded
 * here, so that refs inside of values are counted on every way in and out.
 *
 * Methods that may have to wait return a promise only when they do: a call without refs and large values never waits.
 */
export interface Objects {
  /** Refs to results to come, with ids that follow each other. */
  createPending(count: number, lineage?: Lineage): ObjectRef<unknown>[];
  /** {@link createPending} of one. */
  createPendingOne(lineage?: Lineage): ObjectRef<unknown>;
  /** A ref to an item to come of the stream that `stream` stands for; indexes count from 0. */
  createStreamItem(stream: ObjectRef<unknown>, index: number): ObjectRef<unknown>;
  /**
   * A ref that stands for something of the caller's own, such as an actor's handles: `onUnreferenced` is called once when no
   * process has one of its refs left. It has no value.
   */
  createCounted(onUnreferenced: () => void): ObjectRef<unknown>;
  /** The number of a ref that this process owns, for `Call.objectNumber`. */
  numberOf(ref: ObjectRef<unknown>): number;

  /**
   * Gives a pending object its outcome. A lost result that was made again is named by id: nobody may have the ref here.
   * An outcome that nobody waits for is dropped, its copies freed. The first outcome stands, unless the object was lost.
   *
   * @returns when the outcome holds refs of others: settles, never rejects, once their owners know of this process; the
   *  reply is to be `released` then.
   */
  settle(target: ObjectRef<unknown> | ObjectId, outcome: ObjectOutcome): Promise<void> | undefined;

  /**
   * Encodes arguments as they are now, whatever the caller does to them afterwards. Top-level refs are waited for and
   * replaced by their values (Ray's rule: refs inside containers stay refs).
   *
   * @throws {InvalidArgumentError} for what can't travel; the error of a ref among the arguments: the call did not run.
   */
  encodeArguments(args: readonly unknown[]): EncodedArguments | Promise<EncodedArguments>;
  /**
   * @throws {InvalidArgumentError} for what is no list; {ObjectLostError}, {OwnerDiedError} when a stored argument can't be
   *  had: the call did not run.
   */
  decodeArguments(
    args: Value | null | undefined,
    storedArgs: readonly StoredArgument[],
  ): DecodedArguments | Promise<DecodedArguments>;
  /** @throws {InvalidArgumentError} for what can't travel; {ObjectStoreFullError} for a large result without room. */
  encodeResult(value: unknown, target: ResultTarget): EncodedResult | Promise<EncodedResult>;

  /** Stores a value that the caller must not change until the promise settles. */
  put<T>(value: T): Promise<ObjectRef<T>>;
  /** The value of a ref, a promise while it is to come. @throws what became of the object instead. */
  read<T>(ref: ObjectRef<T>): T | Promise<T>;
}
