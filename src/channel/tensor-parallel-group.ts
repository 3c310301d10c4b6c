/**
 * A stretch of memory that ONNX Runtime reads and writes in place, aligned to 4096 bytes. Whoever uses the address keeps the
 * region itself referenced meanwhile: that is what keeps the memory mapped.
 */
export interface MemoryRegion {
  readonly address: bigint;
  readonly byteLength: number;
}

/**
 * Where the tensor-parallel ranks of one stage meet: every rank writes its partial sum into a slot that all of them can
 * read, and a barrier tells them that all slots are full. Two alternating buffers make one barrier per cut enough: a
 * rank that writes the next cut's sums into the other buffer can't overwrite what a slower rank still reads.
 */
export interface TensorParallelGroup {
  readonly size: number;
  /** Rank `rank`'s partial sums, float32 [tokens, hiddenSize]; `buffer` alternates from one cut to the next. */
  partialSums(buffer: 0 | 1, rank: number): MemoryRegion;
  /** Rank `rank`'s slice of the logits, float32 [rows, ceil(vocabSize / size)]. */
  logits(rank: number): MemoryRegion;
  /**
   * Blocks the thread until every rank of the group has called it as often as this one.
   * @throws {ChannelClosedError} when the group is closed or a peer is gone.
   */
  barrier(): void;
  /** Ends the group for all ranks: a barrier that can't be passed any more throws. Regions stay mapped. */
  close(): void;
}

/** Sizes, in bytes, of the slots of a group; every rank computes the same. */
export interface TensorParallelLayout {
  readonly size: number;
  readonly partialSumBytes: number;
  readonly logitsBytes: number;
}
