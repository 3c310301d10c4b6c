/** Which engine core has which request. */
export class InFlightRequests {
  readonly #engines = new Map<string, number>();
  readonly #counts = new Map<number, number>();

  add(requestId: string, engine: number): void {
    this.#engines.set(requestId, engine);
    this.#counts.set(engine, this.count(engine) + 1);
  }

  /** Unknown ids are ignored. */
  remove(requestId: string): void {
    const engine = this.#engines.get(requestId);
    if (engine === undefined) return;
    this.#engines.delete(requestId);
    this.#counts.set(engine, this.count(engine) - 1);
  }

  count(engine: number): number {
    return this.#counts.get(engine) ?? 0;
  }

  /** The ids that are known, by their engine core. */
  byEngine(requestIds: readonly string[]): ReadonlyMap<number, readonly string[]> {
    const groups = new Map<number, string[]>();
    for (const requestId of requestIds) {
      const engine = this.#engines.get(requestId);
      if (engine !== undefined) groups.set(engine, [...(groups.get(engine) ?? []), requestId]);
    }
    return groups;
  }
}
