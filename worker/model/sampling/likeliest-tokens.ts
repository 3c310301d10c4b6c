/**
 * Token ids from the likeliest to the least likely, sorted no further than they are asked for: a heap over the logits,
 * built in one pass and popped in O(log n). Equal logits come in the order of their ids.
 */
export class LikeliestTokens {
  readonly #logits: Float32Array;
  /** A binary max-heap of token ids in [0, #size); what was taken lies behind it, the last first. */
  readonly #heap: Uint32Array;
  #size: number;

  constructor(logits: Float32Array) {
    this.#logits = logits;
    this.#size = logits.length;
    this.#heap = new Uint32Array(logits.length);
    for (let token = 0; token < logits.length; token++) this.#heap[token] = token;
    for (let node = (this.#size >> 1) - 1; node >= 0; node--) this.#sink(node);
  }

  /** The token in place `rank`, 0 being the likeliest. Below the number of tokens. */
  at(rank: number): number {
    while (this.#logits.length - this.#size <= rank) this.#takeNext();
    return this.#heap[this.#logits.length - 1 - rank]!;
  }

  #takeNext(): void {
    const last = --this.#size;
    const top = this.#heap[0]!;
    this.#heap[0] = this.#heap[last]!;
    this.#heap[last] = top;
    this.#sink(0);
  }

  #precedes(left: number, right: number): boolean {
    const difference = this.#logits[left]! - this.#logits[right]!;
    return difference > 0 || (difference === 0 && left < right);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const token = heap[from]!;
    let node = from;
    for (let child = 2 * node + 1; child < this.#size; child = 2 * node + 1) {
      const right = child + 1;
      const best = right < this.#size && this.#precedes(heap[right]!, heap[child]!) ? right : child;
      if (!this.#precedes(heap[best]!, token)) break;
      heap[node] = heap[best]!;
      node = best;
    }
    heap[node] = token;
  }
}
