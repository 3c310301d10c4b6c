import { SharedMemory } from '../../src/channel/shared-memory.js';
import type {
  MemoryRegion,
  TensorParallelGroup,
  TensorParallelLayout,
} from '../../src/channel/tensor-parallel-group.js';
import {
  GROUP_HEADER_BYTES,
  groupBytes,
  logitsOffset,
  partialSumOffset,
} from '../../src/channel/tensor-parallel-layout.js';

/** Each rank's counter has cache lines of its own. */
const WORDS_PER_RANK = 32;

/** Makes the memory that the ranks of a {@link SpinningGroup} attach to. */
export function createSpinningGroup(path: string, layout: TensorParallelLayout): void {
  SharedMemory.create(path, groupBytes(layout)).close();
}

/** Ranks that meet by spinning, without end and without sleep: the prototype's barrier, the fastest there can be. */
export class SpinningGroup implements TensorParallelGroup {
  readonly size: number;
  readonly #rank: number;
  readonly #layout: TensorParallelLayout;
  readonly #segment: SharedMemory;
  /** Barriers that each rank has reached. */
  readonly #counters: Int32Array;
  #numReached = 0;

  constructor(path: string, layout: TensorParallelLayout, rank: number) {
    this.size = layout.size;
    this.#rank = rank;
    this.#layout = layout;
    this.#segment = SharedMemory.open(path, groupBytes(layout));
    this.#counters = new Int32Array(this.#segment.view(0, GROUP_HEADER_BYTES));
  }

  partialSums(buffer: 0 | 1, rank: number): MemoryRegion {
    return this.#segment.region(partialSumOffset(this.#layout, buffer, rank), this.#layout.partialSumBytes);
  }

  logits(rank: number): MemoryRegion {
    return this.#segment.region(logitsOffset(this.#layout, rank), this.#layout.logitsBytes);
  }

  exchangePartialSums(): void {
    this.barrier();
  }

  exchangeLogits(): void {
    this.barrier();
  }

  barrier(): void {
    this.#numReached += 1;
    Atomics.store(this.#counters, this.#rank * WORDS_PER_RANK, this.#numReached);
    for (let rank = 0; rank < this.size; rank++) {
      while (Atomics.load(this.#counters, rank * WORDS_PER_RANK) < this.#numReached);
    }
  }

  close(): void {
    this.#segment.close();
  }
}
