import type {
  MemoryRegion,
  TensorParallelGroup,
  TensorParallelLayout,
} from '../../../src/channel/tensor-parallel-group.js';
import { Memory } from '../ort/index.js';

/** Slots start at multiples of this, so that no two ranks share a cache line. */
const ALIGNMENT_BYTES = 64;

/**
 * All ranks of a stage in one process: plain memory, and no barrier to wait at, because the {@link StageRunner} runs every
 * rank's cut before any rank's next one.
 */
export class LocalTensorParallelGroup implements TensorParallelGroup {
  readonly size: number;
  readonly #layout: TensorParallelLayout;
  readonly #partialSumStride: number;
  readonly #logitsStride: number;
  readonly #memory: Memory;

  /** @throws {InvalidArgumentError} when the memory can't be reserved. */
  constructor(layout: TensorParallelLayout) {
    this.size = layout.size;
    this.#layout = layout;
    this.#partialSumStride = Math.ceil(layout.partialSumBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    this.#logitsStride = Math.ceil(layout.logitsBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    this.#memory = Memory.allocate(layout.size * (2 * this.#partialSumStride + this.#logitsStride));
  }

  partialSums(buffer: 0 | 1, rank: number): MemoryRegion {
    const offset = (buffer * this.size + rank) * this.#partialSumStride;
    return { address: this.#memory.address + BigInt(offset), byteLength: this.#layout.partialSumBytes };
  }

  logits(rank: number): MemoryRegion {
    const offset = 2 * this.size * this.#partialSumStride + rank * this.#logitsStride;
    return { address: this.#memory.address + BigInt(offset), byteLength: this.#layout.logitsBytes };
  }

  /** Returns at once, as all slots are in the memory that every rank reads. */
  exchangePartialSums(): void {}

  /** Returns at once. */
  exchangeLogits(): void {}

  /** Returns at once. */
  barrier(): void {}

  /** Gives the memory back; the stage's runner must be closed before. */
  close(): void {
    this.#memory.close();
  }
}
