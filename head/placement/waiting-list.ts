/**
 * The records that wait, oldest first, so that nobody who looks for work reads a whole table.
 */
export class WaitingList<Id, Record> {
  readonly #waiting = new Map<Id, Record>();
  readonly #order: (left: Record, right: Record) => number;
  #sorted: readonly Record[] | undefined;

  constructor(order: (left: Record, right: Record) => number) {
    this.#order = order;
  }

  update(id: Id, record: Record, waits: boolean): void {
    if (!waits && !this.#waiting.has(id)) return;
    this.#sorted = undefined;
    if (waits) this.#waiting.set(id, record);
    else this.#waiting.delete(id);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** In order; a later change of the list does not change what was returned. */
  list(): readonly Record[] {
    this.#sorted ??= [...this.#waiting.values()].sort(this.#order);
    return this.#sorted;
  }
}
