import type { RopeConfig } from '../../../../src/llm/config/model-config.js';

type RopeOf<Type extends RopeConfig['type']> = Extract<RopeConfig, { readonly type: Type }>;

const plainFrequency = (theta: number, index: number, dim: number): number => theta ** ((-2 * index) / dim);

/**
 * Llama 3.1's frequency scaling: long waves are slowed down by `factor`, short ones kept, those between interpolated.
 * Source: transformers' `_compute_llama3_parameters`.
 */
function scaleLlama3(frequency: number, rope: RopeOf<'llama3'>): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = rope;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > originalMaxPositionEmbeddings / lowFreqFactor) return frequency / factor;
  if (wavelength < originalMaxPositionEmbeddings / highFreqFactor) return frequency;
  const smooth = (originalMaxPositionEmbeddings / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** The index at which a rotation turns `rotations` times within the original length. */
function yarnBorder(rotations: number, { theta, originalMaxPositionEmbeddings }: RopeOf<'yarn'>, dim: number): number {
  return (dim * Math.log(originalMaxPositionEmbeddings / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
}

/** YaRN (Peng et al., 2023): fast rotations are kept, slow ones slowed down by `factor`, with a linear ramp between. */
function yarnFrequency(rope: RopeOf<'yarn'>, index: number, dim: number): number {
  const { factor, betaFast, betaSlow, truncate } = rope;
  const [low, high] = [yarnBorder(betaFast, rope, dim), yarnBorder(betaSlow, rope, dim)];
  const start = Math.max(truncate ? Math.floor(low) : low, 0);
  const end = Math.min(truncate ? Math.ceil(high) : high, dim - 1);
  const ramp = (index - start) / (start === end ? 0.001 : end - start);
  const interpolated = Math.min(Math.max(ramp, 0), 1);
  const frequency = plainFrequency(rope.theta, index, dim);
  return (frequency / factor) * interpolated + frequency * (1 - interpolated);
}

/** NTK-aware scaling for sequences of `length`: those beyond the model's own get a larger base. */
function dynamicTheta(
  { theta, factor, maxPositionEmbeddings }: RopeOf<'dynamic'>,
  dim: number,
  length: number,
): number {
  const stretch = Math.max(length, maxPositionEmbeddings) / maxPositionEmbeddings;
  return theta * (factor * stretch - (factor - 1)) ** (dim / (dim - 2));
}

/** Proportional RoPE's rotations lie as if all of the head turned; those past its share stand still. */
function proportionalFrequency(rope: RopeOf<'proportional'>, index: number, dim: number): number {
  const numTurning = Math.floor(((rope.partialRotaryFactor ?? 1) * dim) / 2);
  return index < numTurning ? plainFrequency(rope.theta, index, dim) / rope.factor : 0;
}

/**
 * Radians per position of rotation `index`.
 * @param dim - as rotaryDimOf says.
 * @param length - the longest sequence: `dynamic` and `longrope` depend on it.
 */
export function rotationFrequency(rope: RopeConfig, index: number, dim: number, length: number): number {
  const frequency = plainFrequency(rope.theta, index, dim);
  switch (rope.type) {
    case 'default':
      return frequency;
    case 'linear':
      return frequency / rope.factor;
    case 'proportional':
      return proportionalFrequency(rope, index, dim);
    case 'dynamic':
      return plainFrequency(dynamicTheta(rope, dim, length), index, dim);
    case 'llama3':
      return scaleLlama3(frequency, rope);
    case 'yarn':
      return yarnFrequency(rope, index, dim);
    case 'longrope': {
      const factors = length > rope.originalMaxPositionEmbeddings ? rope.longFactor : rope.shortFactor;
      return frequency / factors[index]!;
    }
  }
}
