/** Tokens of one KV block, the unit in which room in the cache is given out. */
export const BLOCK_SIZE = 16;

/** Blocks that hold `numTokens` tokens of one sequence. */
export const blocksForTokens = (numTokens: number): number => Math.ceil(numTokens / BLOCK_SIZE);

/**
 * How many KV blocks each sequence holds. Only counts: the cache is contiguous per slot and backed by memory where it is
 * touched, so a block has no number.
 */
export class KvBlockAccounting {
  readonly numBlocks: number;
  #numFreeBlocks: number;
  readonly #blocksOfRequest = new Map<string, number>();

  constructor(numBlocks: number) {
    this.numBlocks = numBlocks;
    this.#numFreeBlocks = numBlocks;
  }

  get numFreeBlocks(): number {
    return this.#numFreeBlocks;
  }

  blocksOf(requestId: string): number {
    return this.#blocksOfRequest.get(requestId) ?? 0;
  }

  /** There is room for `numTokens` tokens of the request. */
  canReserve(requestId: string, numTokens: number): boolean {
    return blocksForTokens(numTokens) - this.blocksOf(requestId) <= this.#numFreeBlocks;
  }

  /** Makes sure that the request has room for `numTokens` tokens; false, changing nothing, when there is not enough. */
  tryReserve(requestId: string, numTokens: number): boolean {
    const held = this.blocksOf(requestId);
    const missing = Math.max(0, blocksForTokens(numTokens) - held);
    if (missing > this.#numFreeBlocks) return false;
    this.#numFreeBlocks -= missing;
    this.#blocksOfRequest.set(requestId, held + missing);
    return true;
  }

  /** Gives back all blocks of the request; none is fine. */
  release(requestId: string): void {
    this.#numFreeBlocks += this.blocksOf(requestId);
    this.#blocksOfRequest.delete(requestId);
  }
}
