import type { ObjectId } from '../../core/index.js';

/** What to tell an owner of the refs to its objects. */
export interface BorrowNews {
  readonly borrowed: ObjectId[];
  readonly returned: ObjectId[];
  readonly wanted: ObjectId[];
}

/**
 * What a borrower has of one owner, and what the owner has been told of it. Only the difference is ever said, so an object
 * that is returned and borrowed again before anything was sent stays borrowed, whatever the order of messages.
 */
export class BorrowedSet {
  readonly #borrowed = new Set<ObjectId>();
  readonly #told = new Set<ObjectId>();
  /** Borrows that were said and not acknowledged: more than one when it was returned in between. */
  readonly #numAwaited = new Map<ObjectId, number>();
  readonly #wanted = new Set<ObjectId>();
  /** What may have to be said. */
  readonly #changed = new Set<ObjectId>();
  readonly #unasked = new Set<ObjectId>();

  /** True when the owner need not know of this process. */
  get isEmpty(): boolean {
    return this.#borrowed.size === 0 && this.#wanted.size === 0 && this.#told.size === 0;
  }

  has(objectId: ObjectId): boolean {
    return this.#borrowed.has(objectId);
  }

  borrow(objectId: ObjectId): void {
    this.#borrowed.add(objectId);
    this.#changed.add(objectId);
  }

  giveBack(objectId: ObjectId): void {
    this.#borrowed.delete(objectId);
    this.#changed.add(objectId);
    this.answered(objectId);
  }

  /** True once the owner counts the borrow. */
  isAcknowledged(objectId: ObjectId): boolean {
    return this.#told.has(objectId) && !this.#numAwaited.has(objectId);
  }

  acknowledge(objectId: ObjectId): void {
    const rest = (this.#numAwaited.get(objectId) ?? 1) - 1;
    if (rest > 0) this.#numAwaited.set(objectId, rest);
    else this.#numAwaited.delete(objectId);
  }

  want(objectId: ObjectId): void {
    this.#wanted.add(objectId);
    this.#unasked.add(objectId);
  }

  /** Its outcome came, or nobody waits for it any more. */
  answered(objectId: ObjectId): void {
    this.#wanted.delete(objectId);
    this.#unasked.delete(objectId);
  }

  /** The next stream begins with nothing said. */
  forgetTold(): void {
    this.#told.clear();
    this.#numAwaited.clear();
    this.#changed.clear();
    for (const objectId of this.#borrowed) this.#changed.add(objectId);
    for (const objectId of this.#wanted) this.#unasked.add(objectId);
  }

  /** What is to be said now; it counts as said. */
  takeNews(): BorrowNews {
    const changed = [...this.#changed];
    const borrowed = changed.filter((objectId) => this.#borrowed.has(objectId) && !this.#told.has(objectId));
    const returned = changed.filter((objectId) => !this.#borrowed.has(objectId) && this.#told.has(objectId));
    const wanted = [...this.#unasked];
    for (const objectId of borrowed) {
      this.#told.add(objectId);
      this.#numAwaited.set(objectId, (this.#numAwaited.get(objectId) ?? 0) + 1);
    }
    for (const objectId of returned) this.#told.delete(objectId);
    this.#changed.clear();
    this.#unasked.clear();
    return { borrowed, returned, wanted };
  }
}
