import { int } from '../../onnx/index.js';
import { type Range, rangeLength } from '../../weights/index.js';
import type { CutBuilder } from '../cut-builder.js';
import type { QueryKeyValue } from './decoder-family.js';
import { type DecoderShard, layerName } from './decoder-shard.js';
import { type HeadLayout, keepsOrder, plainHeadLayout } from './head-layout.js';
import { headNorm } from './norms.js';
import { type ColumnParallelPart, columnParallel } from './projections.js';

/** The rank's heads within a checkpoint's projection whose heads start at row `firstRow`. */
function headSegments(heads: Range, { headDim, width, ...layout }: HeadLayout, firstRow: number) {
  if (keepsOrder({ headDim, width, ...layout })) {
    return [{ start: firstRow + heads.start * headDim, end: firstRow + heads.end * headDim, offset: 0 }];
  }
  return Array.from({ length: rangeLength(heads) }, (_, index) =>
    layout.segments.map(({ start, end, offset }) => {
      const headRow = firstRow + (heads.start + index) * headDim;
      return { start: headRow + start, end: headRow + end, offset: index * width + offset };
    }),
  ).flat();
}

/** The rank's rows of queries, keys and values, in this order; values keep the checkpoint's order within a head. */
export function queryKeyValueParts(
  shard: DecoderShard,
  layer: number,
  layout: HeadLayout,
): readonly ColumnParallelPart[] {
  const { queryKeyValue } = shard.family.names;
  const { numAttentionHeads, numKeyValueHeads, headDim } = shard.model;
  const ofQueries = { heads: shard.heads, total: numAttentionHeads, field: 'num_attention_heads' };
  const ofKeysAndValues = { heads: shard.keyValueHeads, total: numKeyValueHeads, field: 'num_key_value_heads' };
  const kinds = [
    { ...ofQueries, firstHead: 0, layout },
    { ...ofKeysAndValues, firstHead: numAttentionHeads, layout },
    {
      ...ofKeysAndValues,
      firstHead: numAttentionHeads + numKeyValueHeads,
      layout: plainHeadLayout(headDim),
    },
  ];
  const isFused = typeof queryKeyValue === 'string';
  return kinds.map((kind, index) => ({
    name: layerName(shard, layer, isFused ? queryKeyValue : queryKeyValue[index]!),
    outputs: (isFused ? numAttentionHeads + 2 * numKeyValueHeads : kind.total) * headDim,
    outputsFrom: `${isFused ? '(num_attention_heads + 2 × num_key_value_heads)' : kind.field} × head_dim`,
    width: rangeLength(kind.heads) * layout.width,
    segments: headSegments(kind.heads, kind.layout, isFused ? kind.firstHead * headDim : 0),
  }));
}

/** `x` [rows, tokens, heads × width] with each head normed. */
function normHeads(
  shard: DecoderShard,
  cut: CutBuilder,
  x: string,
  name: string,
  heads: Range,
  layout: HeadLayout,
): string {
  const { graph } = cut;
  const byHead = graph.integers(`${name}.heads`, [0, 0, rangeLength(heads), layout.width]);
  const packed = graph.integers(`${name}.packed`, [0, 0, rangeLength(heads) * layout.width]);
  const normed = headNorm(shard, cut, graph.node('Reshape', [x, byHead]), name, layout);
  return graph.node('Reshape', [normed, packed]);
}

/** Queries, keys and values of the rank's heads, each head as `layout` says, float32 [rows, tokens, heads × width]. */
export function queryKeyValue(
  shard: DecoderShard,
  cut: CutBuilder,
  layer: number,
  x: string,
  layout: HeadLayout,
): QueryKeyValue {
  const { model, heads, keyValueHeads, family } = shard;
  const parts = queryKeyValueParts(shard, layer, layout);
  const packed = columnParallel(shard, cut.graph, x, {
    inputs: model.hiddenSize,
    hasBias: model.attentionBias,
    parts,
  });
  const norms = family.names.queryKeyNorms?.map((name) => layerName(shard, layer, name));
  if (norms === undefined) return [packed, '', ''];
  const outputs = ['query', 'key', 'value'].map((name) => `${name}.${layer}`);
  const sizes = cut.graph.integers(
    `query_key_value_sizes.${layer}`,
    parts.map(({ width }) => width),
  );
  cut.graph.node('Split', [packed, sizes], { outputs, attributes: { axis: int(-1) } });
  return [
    normHeads(shard, cut, outputs[0]!, norms[0]!, heads, layout),
    normHeads(shard, cut, outputs[1]!, norms[1]!, keyValueHeads, layout),
    outputs[2]!,
  ];
}
