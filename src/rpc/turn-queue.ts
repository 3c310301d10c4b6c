/** Collects what is added in one turn of the event loop, and by the promises that the turn settles, and hands it on together. */
export class TurnQueue<T> {
  readonly #onTurnEnd: (items: readonly T[]) => void;
  #items: T[] = [];

  constructor(onTurnEnd: (items: readonly T[]) => void) {
    this.#onTurnEnd = onTurnEnd;
  }

  add(item: T): void {
    this.#items.push(item);
    // A tick that a microtask asks for comes when no other microtask is left, and still before any I/O.
    if (this.#items.length === 1) queueMicrotask(() => process.nextTick(() => this.flush()));
  }

  /** Hands on at once what waits for the end of the turn. */
  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#onTurnEnd(items);
  }
}
