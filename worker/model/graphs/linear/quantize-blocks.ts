/** Weights of `blockSize` inputs each share a scale. */
export interface BlockFormat {
  readonly bits: 4 | 8;
  /** A power of 2, at least 16. */
  readonly blockSize: number;
}

/**
 * A quantized weight as MatMulNBits takes it: a value is (q - 2^(bits - 1)) · scale. The last block of a row is filled up
 * with zeros.
 */
export interface QuantizedBlocks {
  /** uint8 [outputs, blocks, blockSize · bits / 8]; of two 4-bit values in a byte, the first is in the lower half. */
  readonly values: Uint8Array;
  /** float32 [outputs, blocks]. */
  readonly scales: Float32Array;
}

/** Blocks of a row of `inputs` values. */
export const blocksPerRow = (inputs: number, { blockSize }: BlockFormat): number => Math.ceil(inputs / blockSize);

/** Bytes of a row's quantized values. */
export const bytesPerRow = (inputs: number, format: BlockFormat): number =>
  (blocksPerRow(inputs, format) * format.blockSize * format.bits) / 8;

/** The value of the largest magnitude in [start, end), with its sign; 0 when there is none. */
function extremeOf(values: Float32Array, start: number, end: number): number {
  let extreme = 0;
  let magnitude = 0;
  for (let i = start; i < end; i++) {
    const current = Math.abs(values[i]!);
    if (current > magnitude) {
      magnitude = current;
      extreme = values[i]!;
    }
  }
  return extreme;
}

/** Symmetric around 0: the largest magnitude becomes ±127. Returns the scale. */
function quantizeTo8Bits(values: Float32Array, start: number, end: number, target: Uint8Array, offset: number): number {
  const scale = Math.abs(extremeOf(values, start, end)) / 127;
  const inverse = scale === 0 ? 0 : 1 / scale;
  const shift = offset - start;
  // Truncation rounds to the nearest here: every sum is above 0.
  for (let i = start; i < end; i++) target[i + shift] = values[i]! * inverse + 128.5;
  return scale;
}

const nibbleOf = (value: number, inverse: number): number => Math.min(15, (value * inverse + 8.5) | 0);

/** The value of the largest magnitude becomes -8, so that its side has all 8 steps. Returns the scale. */
function quantizeTo4Bits(values: Float32Array, start: number, end: number, target: Uint8Array, offset: number): number {
  const scale = extremeOf(values, start, end) / -8;
  const inverse = scale === 0 ? 0 : 1 / scale;
  const numPairs = (end - start) >> 1;
  for (let pair = 0; pair < numPairs; pair++) {
    const i = start + 2 * pair;
    target[offset + pair] = nibbleOf(values[i]!, inverse) | (nibbleOf(values[i + 1]!, inverse) << 4);
  }
  if ((end - start) % 2 === 1) target[offset + numPairs] = nibbleOf(values[end - 1]!, inverse) | 0x80;
  return scale;
}

/**
 * Quantizes rows of `inputs` values each, float32 [rows, inputs], into the row `firstRow` of `target` and those after it.
 */
export function quantizeRows(
  rows: Float32Array,
  inputs: number,
  format: BlockFormat,
  target: QuantizedBlocks,
  firstRow: number,
): void {
  const { bits, blockSize } = format;
  const numBlocks = blocksPerRow(inputs, format);
  const blockBytes = (blockSize * bits) / 8;
  const quantize = bits === 8 ? quantizeTo8Bits : quantizeTo4Bits;
  const zeros = bits === 8 ? 0x80 : 0x88;
  for (let row = 0; row * inputs < rows.length; row++) {
    const rowEnd = (row + 1) * inputs;
    const firstBlock = (firstRow + row) * numBlocks;
    if (inputs % blockSize !== 0) {
      const lastBlock = firstBlock + numBlocks - 1;
      target.values.fill(zeros, lastBlock * blockBytes, (lastBlock + 1) * blockBytes);
    }
    for (let block = 0; block < numBlocks; block++) {
      const start = row * inputs + block * blockSize;
      const end = Math.min(rowEnd, start + blockSize);
      target.scales[firstBlock + block] = quantize(rows, start, end, target.values, (firstBlock + block) * blockBytes);
    }
  }
}
