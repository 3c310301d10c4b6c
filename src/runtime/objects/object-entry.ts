import { type ObjectId, objectIdOf, objectNumberOf, ownerOf, type RayError } from '../../core/index.js';
import type { ObjectOwner, StoredObject, Value } from '../../rpc/index.js';
import type { Lineage } from './lineage.js';

/** What a process knows of an object. A borrower that has not asked yet knows nothing: pending. */
export type ObjectState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'stored'; readonly stored: StoredObject }
  | { readonly kind: 'error'; readonly error: RayError };

export type SettledState = Exclude<ObjectState, { readonly kind: 'pending' }>;

const PENDING: ObjectState = { kind: 'pending' };

/** What an owner must do for an object of its own beside keeping it. */
export interface Ownership {
  /** For the result of a call that may run again. */
  readonly lineage?: Lineage | undefined;
  /** `put`: made by no call. */
  readonly origin: 'call' | 'put' | 'counted';
  readonly onUnreferenced?: (() => void) | undefined;
}

/**
 * An object as this process sees it, shared by all of its refs here. Its state is set from outside; who waits for a state
 * that is not pending is called in the same turn.
 */
export class ObjectEntry {
  /** Of an object of this process: what {@link objectIdOf} makes its id of; -1 for a borrowed one. */
  readonly number: number;
  /** Undefined for a borrowed object. */
  readonly ownership: Ownership | undefined;
  /** Undefined for an object of this process. */
  readonly owner: ObjectOwner | undefined;
  readonly #workerId: string;
  #id: ObjectId | undefined;
  #state: ObjectState = PENDING;
  #waiting: ((state: SettledState) => void)[] | undefined;

  private constructor(
    workerId: string,
    number: number,
    id: ObjectId | undefined,
    ownership: Ownership | undefined,
    owner: ObjectOwner | undefined,
  ) {
    this.#workerId = workerId;
    this.number = number;
    this.#id = id;
    this.ownership = ownership;
    this.owner = owner;
  }

  /** The object of that number of this process. */
  static numbered(workerId: string, number: number, ownership: Ownership): ObjectEntry {
    return new ObjectEntry(workerId, number, undefined, ownership, undefined);
  }

  /** An object of this process. */
  static owned(id: ObjectId, ownership: Ownership): ObjectEntry {
    return new ObjectEntry(ownerOf(id), objectNumberOf(id), id, ownership, undefined);
  }

  static borrowed(id: ObjectId, owner: ObjectOwner): ObjectEntry {
    return new ObjectEntry(owner.workerId, -1, id, undefined, owner);
  }

  /** Made when it is first asked for: most results of calls are never named. */
  get id(): ObjectId {
    this.#id ??= objectIdOf(this.#workerId, this.number);
    return this.#id;
  }

  get state(): ObjectState {
    return this.#state;
  }

  settle(state: SettledState): void {
    this.#state = state;
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    for (const listener of waiting) listener(state);
  }

  /** Its copies are gone, or must be asked for anew. */
  becomePending(): void {
    this.#state = PENDING;
  }

  /**
   * Calls the listener with the state once it is settled, at once if it is. What the listener refers to lives as long as it
   * waits: let it refer to the ref that somebody waits for.
   */
  whenSettled(listener: (state: SettledState) => void): () => void {
    const state = this.#state;
    if (state.kind !== 'pending') listener(state);
    else {
      this.#waiting ??= [];
      this.#waiting.push(listener);
    }
    return () => {
      this.#waiting = this.#waiting?.filter((other) => other !== listener);
    };
  }
}
