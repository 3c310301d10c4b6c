/** A quantized weight as MatMulIntegerToFloat takes it, inputs first: a value is q · its output's scale. */
export interface QuantizedChannels {
  /** int8 [inputs, outputs]. */
  readonly values: Int8Array;
  /** float32 [outputs]. */
  readonly scales: Float32Array;
}

const LARGEST = 127;

function largestMagnitude(values: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/**
 * Rows and inputs of a tile. The target is the rows' transpose: written row by row, each value would go to a cache line of
 * its own, and all of a row's lines to the same few places of the cache where the number of outputs is a power of two.
 */
const TILE = 64;

/** Quantizes from `start` on a tile's part of the rows that have `inverses`, up to TILE; a row becomes a column of the tile. */
function quantizeTile(
  rows: Float32Array,
  start: number,
  inputs: number,
  inverses: Float64Array,
  tile: Int8Array,
): void {
  for (let row = 0, from = start; row < inverses.length; row++, from += inputs) {
    const inverse = inverses[row]!;
    // Truncation rounds to the nearest here, as every sum is above 0; Math.round takes four times as long.
    for (let i = from, at = row; at < tile.length; i++, at += TILE) {
      tile[at] = ((rows[i]! * inverse + 128.5) | 0) - 128;
    }
  }
}

/** Writes up to TILE rows of a tile from its transpose, where each output has a column. */
function copyTile(tile: Int8Array, numRows: number, values: Int8Array, offset: number, numOutputs: number): void {
  for (let i = 0, target = offset; i < tile.length; i += TILE, target += numOutputs) {
    for (let row = 0; row < numRows; row++) values[target + row] = tile[i + row]!;
  }
}

/**
 * Quantizes rows of `inputs` values each, float32 [rows, inputs], into the output `firstOutput` of `target` and those
 * after it.
 */
export function quantizeChannels(
  rows: Float32Array,
  inputs: number,
  { values, scales }: QuantizedChannels,
  firstOutput: number,
): void {
  const numOutputs = scales.length;
  const numRows = rows.length / inputs;
  const inverses = new Float64Array(numRows);
  for (let row = 0; row < numRows; row++) {
    const scale = largestMagnitude(rows, row * inputs, (row + 1) * inputs) / LARGEST;
    inverses[row] = scale === 0 ? 0 : 1 / scale;
    scales[firstOutput + row] = scale;
  }
  const tile = new Int8Array(TILE * TILE);
  for (let firstRow = 0; firstRow < numRows; firstRow += TILE) {
    const rowInverses = inverses.subarray(firstRow, firstRow + TILE);
    for (let firstInput = 0; firstInput < inputs; firstInput += TILE) {
      const part = tile.subarray(0, Math.min(TILE, inputs - firstInput) * TILE);
      quantizeTile(rows, firstRow * inputs + firstInput, inputs, rowInverses, part);
      copyTile(part, rowInverses.length, values, firstInput * numOutputs + firstOutput + firstRow, numOutputs);
    }
  }
}
