/** Sums of the counts of the last `windowSize` steps, each `numCounts` long (layers × logical experts). */
export class ExpertLoadWindow {
  readonly #windowSize: number;
  readonly #totals: Float64Array;
  /** Counts of steps that are in the totals, in a ring. */
  readonly #steps: Uint32Array[] = [];
  #next = 0;

  constructor(windowSize: number, numCounts: number) {
    this.#windowSize = windowSize;
    this.#totals = new Float64Array(numCounts);
  }

  /** Overwritten by {@link record}. */
  get totals(): Readonly<Float64Array> {
    return this.#totals;
  }

  /** Adds a step, in place of the oldest one when the window is full. Copies `counts`. */
  record(counts: Uint32Array): void {
    const oldest = this.#steps[this.#next];
    for (let index = 0; index < this.#totals.length; index++) {
      this.#totals[index]! += counts[index]! - (oldest?.[index] ?? 0);
    }
    if (oldest === undefined) this.#steps.push(counts.slice());
    else oldest.set(counts);
    this.#next = (this.#next + 1) % this.#windowSize;
  }
}
