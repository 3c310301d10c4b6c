import { ModelLoadError } from '../../../src/core/index.js';

/** Half-open: [start, end). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Which of how many tensor-parallel ranks. */
export interface TensorRank {
  readonly rank: number;
  readonly size: number;
}

export const rangeLength = ({ start, end }: Range): number => end - start;

/**
 * The rank's part of something that is split evenly: attention heads, or the MLP's intermediate size.
 * @throws {ModelLoadError} when it can't be, naming `what`.
 */
export function evenSlice(total: number, { rank, size }: TensorRank, what: string): Range {
  if (total % size !== 0) {
    throw new ModelLoadError(
      `The model's ${what} (${total}) can't be divided by the tensor parallel size ${size}. ` +
        'Choose a tensor parallel size that divides it.',
    );
  }
  const width = total / size;
  return { start: rank * width, end: (rank + 1) * width };
}

/**
 * The rank's key-value heads. With more ranks than heads, as many ranks hold a copy of the same head (as in vLLM's
 * QKVParallelLinear): each the one that its query heads attend with.
 * @throws {ModelLoadError} when neither number divides the other.
 */
export function keyValueHeadSlice(numKeyValueHeads: number, tensorRank: TensorRank): Range {
  const { rank, size } = tensorRank;
  if (size <= numKeyValueHeads) return evenSlice(numKeyValueHeads, tensorRank, 'number of key-value heads');
  if (size % numKeyValueHeads !== 0) {
    throw new ModelLoadError(
      `The tensor parallel size ${size} is not a multiple of the model's ${numKeyValueHeads} key-value heads. ` +
        'Choose one that is, or one that divides it.',
    );
  }
  const head = Math.floor((rank * numKeyValueHeads) / size);
  return { start: head, end: head + 1 };
}

/** Rows of the vocabulary that every rank has room for: the last rank may fill fewer. */
export function vocabularyWidth(vocabSize: number, size: number): number {
  return Math.ceil(vocabSize / size);
}

/** The rank's rows of the vocabulary: {@link vocabularyWidth} of them, fewer or none in the last ranks. */
export function vocabularySlice(vocabSize: number, { rank, size }: TensorRank): Range {
  const width = vocabularyWidth(vocabSize, size);
  return { start: Math.min(vocabSize, rank * width), end: Math.min(vocabSize, (rank + 1) * width) };
}

/** The elements of `units` consecutive units (heads) of `unitSize` elements each. */
export function scaleRange(units: Range, unitSize: number): Range {
  return { start: units.start * unitSize, end: units.end * unitSize };
}
