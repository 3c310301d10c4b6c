import type { Range } from '../../weights/index.js';

/** Where values lie along one dim of a matrix of words: in which word, from which bit on. */
export interface PackedAxis {
  /** The words that hold the values, in the stored tensor. */
  readonly words: Range;
  /** Of each value, from the first of `words`. */
  readonly offsets: Int32Array;
  readonly shifts: Uint8Array;
}

/** Small unsigned integers in 32-bit words, each of which holds several of one row or of one column. */
export interface PackedMatrix {
  readonly bits: 4 | 8;
  readonly rows: PackedAxis;
  readonly columns: PackedAxis;
  /** [rows.words, columns.words]. */
  readonly words: Int32Array;
}

/** AutoAWQ's order: the 4 bits at place i of a word are those of its output AWQ_ORDER[i]. */
const AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7];

/** Place in a word of each of its values. */
const inOrder = (valuesPerWord: number): number[] => Array.from({ length: valuesPerWord }, (_, index) => index);
const interleaved: readonly number[] = AWQ_ORDER.map((_, output) => AWQ_ORDER.indexOf(output));

/** A dim along which each word is a value's own. */
export function plainAxis({ start, end }: Range): PackedAxis {
  const offsets = Int32Array.from({ length: end - start }, (_, index) => index);
  return { words: { start, end }, offsets, shifts: new Uint8Array(end - start) };
}

/** Values [start, end) of a dim along which words hold 32 / `bits` each, the first in the lowest bits. */
export function packedAxis({ start, end }: Range, bits: 4 | 8, order: 'in-order' | 'interleaved'): PackedAxis {
  const valuesPerWord = 32 / bits;
  const places = order === 'interleaved' ? interleaved : inOrder(valuesPerWord);
  const words = { start: Math.floor(start / valuesPerWord), end: Math.ceil(end / valuesPerWord) };
  const values = Array.from({ length: end - start }, (_, index) => start + index);
  return {
    words,
    offsets: Int32Array.from(values, (value) => Math.floor(value / valuesPerWord) - words.start),
    shifts: Uint8Array.from(values, (value) => bits * places[value % valuesPerWord]!),
  };
}

/** Reads values of a matrix by row and column. */
export function unpackValue({ bits, rows, columns, words }: PackedMatrix, row: number, column: number): number {
  const wordsPerRow = columns.words.end - columns.words.start;
  const word = words[rows.offsets[row]! * wordsPerRow + columns.offsets[column]!]!;
  return (word >>> (rows.shifts[row]! + columns.shifts[column]!)) & ((1 << bits) - 1);
}

/**
 * Writes columns [start, end) as rows of bytes, [end - start, order.length]: byte i of each is the column's value of row
 * order[i]. Where order[i] is -1, bytes stay as they are.
 */
export function unpackColumns(
  { bits, rows, columns, words }: PackedMatrix,
  { start, end }: Range,
  order: Int32Array,
  destination: Uint8Array,
): void {
  const wordsPerRow = columns.words.end - columns.words.start;
  const mask = (1 << bits) - 1;
  const length = order.length;
  for (let i = 0; i < length; i++) {
    const row = order[i]!;
    if (row < 0) continue;
    const firstWord = rows.offsets[row]! * wordsPerRow;
    const shift = rows.shifts[row]!;
    for (let column = start, target = i; column < end; column++, target += length) {
      const word = words[firstWord + columns.offsets[column]!]!;
      destination[target] = (word >>> (shift + columns.shifts[column]!)) & mask;
    }
  }
}
