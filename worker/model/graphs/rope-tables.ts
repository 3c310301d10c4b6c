import type { RopeConfig } from '../../../src/llm/config/model-config.js';

/** Cosine and sine of every position's rotation angles, both float32 [numPositions, headDim / 2]. */
export interface RopeTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

type Llama3Rope = Extract<RopeConfig, { readonly type: 'llama3' }>;

/**
 * Llama 3.1's frequency scaling: long waves are slowed down by `factor`, short ones kept, those between interpolated.
 * Source: transformers' `_compute_llama3_parameters`.
 */
function scaleLlama3(frequency: number, rope: Llama3Rope): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = rope;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > originalMaxPositionEmbeddings / lowFreqFactor) return frequency / factor;
  if (wavelength < originalMaxPositionEmbeddings / highFreqFactor) return frequency;
  const smooth = (originalMaxPositionEmbeddings / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** Radians per position of rotation `index` of headDim / 2. */
function rotationFrequency(rope: RopeConfig, index: number, headDim: number): number {
  const frequency = rope.theta ** ((-2 * index) / headDim);
  switch (rope.type) {
    case 'default':
      return frequency;
    case 'linear':
      return frequency / rope.factor;
    case 'llama3':
      return scaleLlama3(frequency, rope);
  }
}

/** The tables that GroupQueryAttention rotates queries and keys by, for positions 0 to `numPositions` - 1. */
export function ropeTables(rope: RopeConfig, headDim: number, numPositions: number): RopeTables {
  const half = headDim / 2;
  const frequencies = Float64Array.from({ length: half }, (_, index) => rotationFrequency(rope, index, headDim));
  const cos = new Float32Array(numPositions * half);
  const sin = new Float32Array(numPositions * half);
  for (let position = 0; position < numPositions; position++) {
    for (let index = 0; index < half; index++) {
      const angle = position * frequencies[index]!;
      cos[position * half + index] = Math.cos(angle);
      sin[position * half + index] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
