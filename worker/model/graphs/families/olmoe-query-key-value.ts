import { float, int } from '../../onnx/index.js';
import { type Range, rangeLength, scaleRange } from '../../weights/index.js';
import type { CutBuilder } from '../cut-builder.js';
import type { QueryKeyValueBlock } from '../decoder/decoder-family.js';
import { type DecoderShard, layerName } from '../decoder/decoder-shard.js';
import type { HeadLayout } from '../decoder/head-layout.js';
import { type ColumnParallelPart, columnParallel } from '../decoder/projections.js';
import { queryKeyValueParts } from '../decoder/query-key-value.js';

interface NormedProjection {
  /** Of all heads. */
  readonly part: ColumnParallelPart;
  readonly normName: string;
  readonly numHeads: number;
  /** The rank's heads. */
  readonly heads: Range;
}

/** The scale of a norm over `numHeads` heads, each laid out as in the graph. Zeros that fill heads up count in the mean. */
function readHeadsScale(
  shard: DecoderShard,
  { normName, numHeads, part }: NormedProjection,
  layout: HeadLayout,
): Float32Array {
  const { headDim, width, segments } = layout;
  const length = numHeads * headDim;
  const values = shard.allocateWeights(length);
  const shape = { shape: [length], shapeFrom: [part.outputsFrom] };
  shard.weights.read({ name: `${normName}.weight`, ...shape, rows: { start: 0, end: length } }, values);
  const scale = shard.allocateWeights(numHeads * width);
  for (let head = 0; head < numHeads; head++) {
    for (const { start, end, offset } of segments) {
      scale.set(values.subarray(head * headDim + start, head * headDim + end), head * width + offset);
    }
  }
  const filledShare = Math.sqrt(headDim / width);
  return filledShare === 1 ? scale : scale.map((value) => value * filledShare);
}

/** The norm's mean is over all heads, so every rank computes all of them and takes its own. */
function normedHeads(
  shard: DecoderShard,
  cut: CutBuilder,
  x: string,
  projection: NormedProjection,
  layout: HeadLayout,
) {
  const { part, normName, numHeads, heads } = projection;
  const { graph } = cut;
  const { hiddenSize, attentionBias, normEps } = shard.model;
  const projected = columnParallel(shard, graph, x, { inputs: hiddenSize, hasBias: attentionBias, parts: [part] });
  const scale = readHeadsScale(shard, projection, layout);
  const epsilon = (normEps * layout.headDim) / layout.width;
  const normed = graph.node(
    'SimplifiedLayerNormalization',
    [projected, graph.initializer(`${normName}.weight`, scale, [scale.length])],
    { attributes: { axis: int(-1), epsilon: float(epsilon), stash_type: int(1) } },
  );
  if (rangeLength(heads) === numHeads) return normed;
  const { start, end } = scaleRange(heads, layout.width);
  const bounds = [start, end, 2].map((value, index) => graph.integers(`${normName}.own.${index}`, [value]));
  return graph.node('Slice', [normed, ...bounds]);
}

function clip(shard: DecoderShard, cut: CutBuilder, x: string, name: string): string {
  const { clipQueryKeyValue: bound } = shard.model;
  if (bound === undefined) return x;
  const bounds = [-bound, bound].map((value, index) =>
    cut.graph.initializer(`${name}.bound.${index}`, Float32Array.of(value), []),
  );
  return cut.graph.node('Clip', [x, ...bounds]);
}

/** Queries and keys normed over all heads together, and all three bounded where config.json's `clip_qkv` says so. */
export const olmoeQueryKeyValue: QueryKeyValueBlock = (shard, cut, layer, x, layout) => {
  const { numAttentionHeads, numKeyValueHeads, hiddenSize, attentionBias } = shard.model;
  const allHeads = { start: 0, end: numAttentionHeads };
  const whole = { ...shard, heads: allHeads, keyValueHeads: { start: 0, end: numKeyValueHeads } };
  const [queries, keys] = queryKeyValueParts(whole, layer, layout);
  const [, , values] = queryKeyValueParts(shard, layer, layout);
  const name = (part: string): string => layerName(shard, layer, `self_attn.${part}`);
  const query = { part: queries!, normName: name('q_norm'), numHeads: numAttentionHeads, heads: shard.heads };
  const key = { part: keys!, normName: name('k_norm'), numHeads: numKeyValueHeads, heads: shard.keyValueHeads };
  const value = columnParallel(shard, cut.graph, x, { inputs: hiddenSize, hasBias: attentionBias, parts: [values!] });
  return [
    clip(shard, cut, normedHeads(shard, cut, x, query, layout), name('q')),
    clip(shard, cut, normedHeads(shard, cut, x, key, layout), name('k')),
    clip(shard, cut, value, name('v')),
  ];
};
