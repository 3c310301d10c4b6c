import type { SlotTrim } from '../step-plan.js';
import { BLOCK_SIZE } from './kv-block-accounting.js';

/**
 * How many blocks of every slot the system backs with memory: what was ever written there and not given back. A slot
 * that empties stays backed, since the next sequence would only fault the same pages in again, unless all slots
 * together would be backed beyond the blocks that there are.
 */
export class SlotBacking {
  readonly #maxBlocks: number;
  readonly #backed: number[];
  #numBacked = 0;

  constructor(numSlots: number, maxBlocks: number) {
    this.#maxBlocks = maxBlocks;
    this.#backed = new Array<number>(numSlots).fill(0);
  }

  get numBackedBlocks(): number {
    return this.#numBacked;
  }

  /** The slot's first `numBlocks` blocks are written. */
  cover(slot: number, numBlocks: number): void {
    const added = Math.max(0, numBlocks - this.#backed[slot]!);
    this.#backed[slot]! += added;
    this.#numBacked += added;
  }

  /** What to give back for the sum to fit. @param blocksIn the blocks of a slot that hold something, at most all in sum. */
  trim(blocksIn: (slot: number) => number): SlotTrim[] {
    const trims: SlotTrim[] = [];
    for (let slot = 0; slot < this.#backed.length && this.#numBacked > this.#maxBlocks; slot++) {
      const numBlocks = blocksIn(slot);
      const excess = this.#backed[slot]! - numBlocks;
      if (excess <= 0) continue;
      this.#backed[slot] = numBlocks;
      this.#numBacked -= excess;
      trims.push({ slot, numTokens: numBlocks * BLOCK_SIZE });
    }
    return trims;
  }
}
