import type { Range } from '../../weights/index.js';
import type { InputLayout } from './input-layout.js';
import { type PackedMatrix, unpackColumns, unpackValue } from './packed-matrix.js';

/** Outputs unpacked at a time: few enough that what is written for them stays in the cache. */
const CHUNK_OUTPUTS = 16;

/** Outputs of a layer as a checkpoint has them quantized: a value is (level - zero) · scale. */
export interface QuantizedOutputs {
  /** [inputs, outputs]. */
  readonly levels: PackedMatrix;
  /** [groups, outputs], less than the zero by `zeroOffset`. */
  readonly zeros: PackedMatrix;
  readonly zeroOffset: 0 | 1;
  /** float32 [groups, outputs]. */
  readonly scales: Float32Array;
}

/** A quantized weight with zero points, as MatMulNBits takes it. Outputs that nothing is written to stay 0. */
export interface PackedBlocks {
  /** uint8 [outputs, blocks, blockSize · bits / 8]; of two 4-bit values in a byte, the first is in the lower half. */
  readonly values: Uint8Array;
  /** float32 [outputs, blocks]. */
  readonly scales: Float32Array;
  /** uint8 [outputs, ⌈blocks · bits / 8⌉], packed likewise. */
  readonly zeroPoints: Uint8Array;
}

/** Bytes of so many values of 4 or 8 bits. */
export const packedBytes = (numValues: number, bits: 4 | 8): number => Math.ceil((numValues * bits) / 8);

/** Writes `levels` from a byte on, two to a byte when they have 4 bits. */
function pack(levels: Uint8Array, bits: 4 | 8, target: Uint8Array, offset: number): void {
  if (bits === 8) {
    target.set(levels, offset);
    return;
  }
  const numPairs = levels.length >> 1;
  for (let pair = 0; pair < numPairs; pair++) target[offset + pair] = levels[2 * pair]! | (levels[2 * pair + 1]! << 4);
  if (levels.length % 2 === 1) target[offset + numPairs] = levels[levels.length - 1]!;
}

/** Zero points of an output's blocks. Stored ones wrap around: 0 less 1 is the largest. */
function zerosOf({ zeros, zeroOffset }: QuantizedOutputs, output: number, groups: Int32Array): Uint8Array {
  const mask = (1 << zeros.bits) - 1;
  return Uint8Array.from(groups, (group) => (unpackValue(zeros, group, output) + zeroOffset) & mask);
}

/** Places without an input hold the zero point: what MatMulNBits takes for 0. */
function fillGaps(levels: Uint8Array, order: Int32Array, zeros: Uint8Array, blockSize: number): void {
  for (let place = 0; place < order.length; place++) {
    if (order[place]! < 0) levels[place] = zeros[Math.floor(place / blockSize)]!;
  }
}

/**
 * Writes all of `outputs`, inputs laid out as `layout` says, to the rows of `target` from `firstRow` on.
 * @returns whether every zero point is the middle, which MatMulNBits needs not be told.
 */
export function packBlocks(
  outputs: QuantizedOutputs,
  { order, groups, blockSize }: InputLayout,
  target: PackedBlocks,
  firstRow: number,
): boolean {
  const { bits, columns } = outputs.levels;
  const numOutputs = columns.offsets.length;
  const hasGaps = order.includes(-1);
  const levels = new Uint8Array(CHUNK_OUTPUTS * order.length);
  const middle = 1 << (bits - 1);
  let isSymmetric = true;
  for (let start = 0; start < numOutputs; start += CHUNK_OUTPUTS) {
    const chunk: Range = { start, end: Math.min(numOutputs, start + CHUNK_OUTPUTS) };
    unpackColumns(outputs.levels, chunk, order, levels);
    for (let output = chunk.start; output < chunk.end; output++) {
      const row = firstRow + output;
      const ownLevels = levels.subarray((output - start) * order.length, (output - start + 1) * order.length);
      const zeros = zerosOf(outputs, output, groups);
      if (hasGaps) fillGaps(ownLevels, order, zeros, blockSize);
      pack(ownLevels, bits, target.values, row * packedBytes(order.length, bits));
      pack(zeros, bits, target.zeroPoints, row * packedBytes(groups.length, bits));
      for (const [block, group] of groups.entries()) {
        target.scales[row * groups.length + block] = outputs.scales[group * numOutputs + output]!;
      }
      isSymmetric &&= zeros.every((zero) => zero === middle);
    }
  }
  return isSymmetric;
}
