import { Deferred } from '../core/index.js';

/** Items that were not given out, or why none could be taken or put. */
export type QueueOutcome<T> =
  | { readonly kind: 'done'; readonly items: readonly T[] }
  | { readonly kind: 'empty' | 'full' };

interface Waiter {
  readonly isPossible: () => boolean;
  readonly turn: Deferred<void>;
}

/**
 * The actor behind `ray.Queue`: items in order, with a size that can be bounded. Calls that wait are served in the order in
 * which they came; run it with a concurrency that lets many wait.
 */
export class QueueActor<T> {
  readonly #maxSize: number;
  #items: T[] = [];
  #waiters: Waiter[] = [];

  /** @param maxSize 0: no bound. */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  size(): number {
    return this.#items.length;
  }

  /** Puts all of the items or none, when there is room for all; waits for it at most `timeoutMs`, for ever without one. */
  async put(items: readonly T[], timeoutMs: number | undefined): Promise<QueueOutcome<T>> {
    const hasRoom = (): boolean => this.#maxSize === 0 || this.#items.length + items.length <= this.#maxSize;
    if (this.#maxSize > 0 && items.length > this.#maxSize) return { kind: 'full' };
    if (!(await this.#waitUntil(hasRoom, timeoutMs))) return { kind: 'full' };
    this.#items.push(...items);
    this.#admit();
    return { kind: 'done', items: [] };
  }

  /** Takes as many items as are asked for, or none. */
  async get(numItems: number, timeoutMs: number | undefined): Promise<QueueOutcome<T>> {
    if (!(await this.#waitUntil(() => this.#items.length >= numItems, timeoutMs))) return { kind: 'empty' };
    const items = this.#items.splice(0, numItems);
    this.#admit();
    return { kind: 'done', items };
  }

  async #waitUntil(isPossible: () => boolean, timeoutMs: number | undefined): Promise<boolean> {
    if (isPossible() && !this.#waiters.some((waiter) => waiter.isPossible())) return true;
    if (timeoutMs === 0) return false;
    const waiter: Waiter = { isPossible, turn: new Deferred() };
    this.#waiters.push(waiter);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => waiter.turn.resolve(), timeoutMs);
    await waiter.turn.promise;
    clearTimeout(timer);
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    return isPossible();
  }

  /** Wakes the first that can go on; it wakes the next. */
  #admit(): void {
    this.#waiters.find(({ isPossible }) => isPossible())?.turn.resolve();
  }
}
