/** The weight of the latest measurement. */
const WEIGHT = 0.3;

/** How long the tasks of one function take, as their workers say: a moving mean, in milliseconds. */
export class TaskTime {
  #meanMs: number | undefined;

  /** Undefined until a task has ended. */
  get meanMs(): number | undefined {
    return this.#meanMs;
  }

  /** @param ms that a worker took for one of the tasks that it answered together. */
  add(ms: number): void {
    this.#meanMs = this.#meanMs === undefined ? ms : this.#meanMs + (ms - this.#meanMs) * WEIGHT;
  }
}
