/**
 * A stretch of memory that ONNX Runtime reads and writes in place, aligned to 4096 bytes. Whoever uses the address keeps the
 * region itself referenced meanwhile: that is what keeps the memory mapped.
 */
export interface MemoryRegion {
  readonly address: bigint;
  readonly byteLength: number;
}

/**
 * Where the tensor-parallel ranks of one stage meet: every rank writes its partial sum into a slot of its own, and when it
 * comes back from the exchange all ranks' slots of that buffer are full in the memory that it reads. Two alternating buffers
 * make one exchange per cut enough: a rank that writes the next cut's sums into the other buffer can't overwrite what a
 * slower rank still reads. All ranks make the same calls in the same order.
 */
export interface TensorParallelGroup {
  readonly size: number;
  /** Rank `rank`'s partial sums, float32 [tokens, hiddenSize]; `buffer` alternates from one cut to the next. */
  partialSums(buffer: 0 | 1, rank: number): MemoryRegion;
  /** Rank `rank`'s slice of the logits, float32 [rows, ceil(vocabSize / size)]. */
  logits(rank: number): MemoryRegion;
  /**
   * Blocks the thread until the first `numBytes` of every rank's partial sums in `buffer` can be read here.
   * @throws {ChannelClosedError} when the group is closed or a peer is gone.
   */
  exchangePartialSums(buffer: 0 | 1, numBytes: number): void;
  /**
   * Blocks the thread until the first `numBytes` of every rank's logits can be read where rank 0 is; elsewhere the others'
   * logits are undefined.
   * @throws {ChannelClosedError} when the group is closed or a peer is gone.
   */
  exchangeLogits(numBytes: number): void;
  /**
   * Blocks the thread until every rank that shares memory with this one is here too: between reading slots and writing them
   * again where no exchange lies between. It says nothing of ranks elsewhere, which write to no memory here by themselves.
   * @throws {ChannelClosedError} when the group is closed or a peer is gone.
   */
  barrier(): void;
  /** Ends the group for all ranks: an exchange that can't be finished any more throws. Regions stay mapped. */
  close(): void;
}

/** Sizes, in bytes, of the slots of a group; every rank computes the same. */
export interface TensorParallelLayout {
  readonly size: number;
  readonly partialSumBytes: number;
  readonly logitsBytes: number;
}
