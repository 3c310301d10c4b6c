import type { TensorParallelGroup } from '../../../src/channel/tensor-parallel-group.js';
import { viewFloat32 } from '../ort/index.js';
import { rangeLength, vocabularySlice, vocabularyWidth } from '../weights/index.js';

/** Puts the ranks' slices of the logits together, row by row. */
export class LogitsReader {
  readonly #slices: readonly Float32Array[];
  readonly #widths: readonly number[];
  readonly #stride: number;
  readonly #row: Float32Array;

  /** Reads at most `numRows` rows of a pass. The group's memory must outlive the reader. */
  constructor(group: TensorParallelGroup, vocabSize: number, numRows: number) {
    const { size } = group;
    const ranks = Array.from({ length: size }, (_, rank) => rank);
    this.#stride = vocabularyWidth(vocabSize, size);
    this.#widths = ranks.map((rank) => rangeLength(vocabularySlice(vocabSize, { rank, size })));
    this.#slices = ranks.map((rank) => viewFloat32(group.logits(rank).address, numRows * this.#stride));
    this.#row = new Float32Array(vocabSize);
  }

  /** float32 [vocabSize]; overwritten by the next call or pass. */
  readRow(row: number): Float32Array {
    const start = row * this.#stride;
    const [only] = this.#slices;
    if (this.#slices.length === 1) return only!.subarray(start, start + this.#stride);
    for (const [rank, slice] of this.#slices.entries()) {
      this.#row.set(slice.subarray(start, start + this.#widths[rank]!), rank * this.#stride);
    }
    return this.#row;
  }
}
