import { Deferred } from '../../src/core/index.js';

/** How far the producer of a stream may be ahead of who takes its items. */
export class StreamPace {
  readonly #limit: number;
  #numConsumed = 0;
  #isStopped = false;
  #change = new Deferred<void>();

  /** @param limit items made and not taken; 0: any number. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Settles when item `index` may be made: true, or false when no more are wanted. */
  async mayMake(index: number): Promise<boolean> {
    while (!this.#isStopped && this.#limit > 0 && index - this.#numConsumed >= this.#limit) await this.#change.promise;
    return !this.#isStopped;
  }

  consumed(numConsumed: number): void {
    this.#numConsumed = Math.max(this.#numConsumed, numConsumed);
    this.#changed();
  }

  /** Nobody takes items any more. */
  stop(): void {
    this.#isStopped = true;
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = new Deferred();
  }
}
