import { attentionHeadDim } from '../../../../src/llm/config/attention-head-dim.js';
import type { RopeConfig } from '../../../../src/llm/config/model-config.js';
import { numRotationsOf, rotaryDimOf } from '../../../../src/llm/config/rotary-dim.js';
import { rotationFrequency } from './rope-frequencies.js';

/** Cosine and sine of every position's rotation angles, both float32 [numPositions, attentionHeadDim / 2]. */
export interface RopeTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * The tables that GroupQueryAttention rotates queries and keys by, for positions 0 to `numPositions` - 1. Their last
 * columns belong to values of a head that aren't rotated or only fill it up: cosine 1, sine 0.
 * `dynamic` and `longrope` scale by the length of the sequence in transformers, by `numPositions` here: a cache whose
 * keys were rotated by two different tables fits neither.
 */
export function ropeTables(rope: RopeConfig, headDim: number, numPositions: number): RopeTables {
  const half = attentionHeadDim({ headDim }) / 2;
  const rotaryDim = rotaryDimOf(rope, headDim);
  const magnitude = 'attentionFactor' in rope ? rope.attentionFactor : 1;
  const frequencies = Float64Array.from({ length: numRotationsOf(rotaryDim) }, (_, index) =>
    rotationFrequency(rope, index, rotaryDim, numPositions),
  );
  const cos = new Float32Array(numPositions * half).fill(1);
  const sin = new Float32Array(numPositions * half);
  for (let position = 0; position < numPositions; position++) {
    for (const [index, frequency] of frequencies.entries()) {
      cos[position * half + index] = Math.cos(position * frequency) * magnitude;
      sin[position * half + index] = Math.sin(position * frequency) * magnitude;
    }
  }
  return { cos, sin };
}
