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
    const tileRows = Math.min(TILE, numRows - firstRow);
    for (let firstInput = 0; firstInput < inputs; firstInput += TILE) {
      const tileInputs = Math.min(TILE, inputs - firstInput);
      for (let row = 0; row < tileRows; row++) {
        const inverse = inverses[firstRow + row]!;
        const start = (firstRow + row) * inputs + firstInput;
        // Truncation rounds to the nearest here, as every sum is above 0; Math.round takes four times as long.
        for (let i = 0, at = row; i < tileInputs; i++, at += TILE) {
          tile[at] = ((rows[start + i]! * inverse + 128.5) | 0) - 128;
        }
      }
      const offset = firstInput * numOutputs + firstOutput + firstRow;
      copyTile(tile.subarray(0, tileInputs * TILE), tileRows, values, offset, numOutputs);
    }
  }
}
