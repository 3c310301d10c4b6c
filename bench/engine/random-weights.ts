/** Storage forms of a weight matrix; the blocks are those of GGUF. */
export type WeightFormat = 'bf16' | 'f32' | 'q8_0' | 'q4_0';

/** Weights of a block with one scale, in GGUF's Q8_0 and Q4_0. */
const BLOCK_WEIGHTS = 32;

/** Bytes of the half-precision scale in front of a block. */
const SCALE_BYTES = 2;

interface FormatRule {
  /** Weights and bytes of the smallest unit. */
  readonly weights: number;
  readonly bytes: number;
  /** Bits of every 32 that stay random, and those that are set: sign and mantissa free, the exponent fixed. */
  readonly keep: number;
  readonly set: number;
  /** Half-precision bits of the scale in front of a block; undefined for formats without. */
  readonly scale?: number;
}

/** Exponents such that magnitudes are about 2^-6, as in freshly initialized models. */
const rules: Readonly<Record<WeightFormat, FormatRule>> = {
  f32: { weights: 1, bytes: 4, keep: 0x807fffff, set: 0x3c800000 },
  bf16: { weights: 1, bytes: 2, keep: 0x807f807f, set: 0x3c803c80 },
  q8_0: { weights: BLOCK_WEIGHTS, bytes: SCALE_BYTES + BLOCK_WEIGHTS, keep: ~0, set: 0, scale: 0x0c00 },
  q4_0: { weights: BLOCK_WEIGHTS, bytes: SCALE_BYTES + BLOCK_WEIGHTS / 2, keep: ~0, set: 0, scale: 0x1c00 },
};

/** Bytes of so many weights of one format; rows of blocks hold whole blocks. */
export const weightBytes = (format: WeightFormat, numWeights: number): number =>
  (numWeights / rules[format].weights) * rules[format].bytes;

/** Marsaglia's xorshift of 32 bits; the seed is mixed first so that neighbouring ones differ from the start. */
function fillRandom(words: Uint32Array, seed: number, keep: number, set: number): void {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = (state & keep) | set;
  }
}

/**
 * Random weights in their stored form, as the bytes of a file. Quantized ones are random quants with a constant scale:
 * what quantizing random weights gives, without the quantizing.
 * @param seed another one for every tensor, since equal tensors would flatter a measurement.
 */
export function randomWeights(format: WeightFormat, numWeights: number, seed: number): Uint8Array {
  const { keep, set, scale, bytes } = rules[format];
  const length = weightBytes(format, numWeights);
  const words = new Uint32Array(Math.ceil(length / Uint32Array.BYTES_PER_ELEMENT));
  fillRandom(words, seed, keep, set);
  const result = new Uint8Array(words.buffer, 0, length);
  if (scale !== undefined) {
    for (let offset = 0; offset < length; offset += bytes) {
      result[offset] = scale & 0xff;
      result[offset + 1] = scale >>> 8;
    }
  }
  return result;
}
