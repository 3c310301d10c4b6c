import { float, int } from '../../onnx/index.js';
import type { CutBuilder } from '../cut-builder.js';
import type { DecoderShard } from './decoder-shard.js';
import type { HeadLayout } from './head-layout.js';

/** A vector's length, and the field of config.json that it follows from. */
interface Length {
  readonly length: number;
  readonly field: 'hidden_size' | 'head_dim';
}

function readVector({ weights, allocateWeights }: DecoderShard, name: string, { length, field }: Length): Float32Array {
  const vector = allocateWeights(length);
  weights.read({ name, shape: [length], shapeFrom: [field], rows: { start: 0, end: length } }, vector);
  return vector;
}

function readScale(shard: DecoderShard, name: string, size: Length): Float32Array {
  const scale = readVector(shard, name, size);
  if (shard.family.norm === 'rms-plus-one') for (let i = 0; i < scale.length; i++) scale[i]! += 1;
  return scale;
}

/** Root mean square norm over the last dim (Zhang and Sennrich, 2019), which ONNX Runtime calls simplified. */
function rmsNorm(cut: CutBuilder, x: string, name: string, scale: Float32Array, epsilon: number): string {
  const attributes = { axis: int(-1), epsilon: float(epsilon), stash_type: int(1) };
  const inputs = [x, cut.graph.initializer(name, scale, [scale.length])];
  return cut.graph.node('SimplifiedLayerNormalization', inputs, { attributes });
}

/** The family's norm over the hidden size; `name` is the checkpoint's, without `.weight`. */
export function norm(shard: DecoderShard, cut: CutBuilder, x: string, name: string): string {
  const { hiddenSize, normEps } = shard.model;
  const size = { length: hiddenSize, field: 'hidden_size' } as const;
  const scale = readScale(shard, `${name}.weight`, size);
  if (shard.family.norm !== 'layer') return rmsNorm(cut, x, `${name}.weight`, scale, normEps);
  const inputs = [
    x,
    cut.graph.initializer(`${name}.weight`, scale, [hiddenSize]),
    cut.graph.initializer(`${name}.bias`, readVector(shard, `${name}.bias`, size), [hiddenSize]),
  ];
  return cut.graph.node('LayerNormalization', inputs, { attributes: { axis: int(-1), epsilon: float(normEps) } });
}

/**
 * Norm of every head of `x` [.., heads, layout.width]. The zeros that fill a head up count as values of the mean, which
 * a smaller scale and epsilon make up for.
 */
export function headNorm(shard: DecoderShard, cut: CutBuilder, x: string, name: string, layout: HeadLayout): string {
  const { headDim, width, segments } = layout;
  const share = headDim / width;
  const values = readScale(shard, `${name}.weight`, { length: headDim, field: 'head_dim' });
  const scale = shard.allocateWeights(width);
  for (const { start, end, offset } of segments) scale.set(values.subarray(start, end), offset);
  for (let i = 0; i < width; i++) scale[i]! *= Math.sqrt(share);
  return rmsNorm(cut, x, `${name}.weight`, scale, shard.model.normEps * share);
}
