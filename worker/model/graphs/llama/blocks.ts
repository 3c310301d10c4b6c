import { float, int } from '../../onnx/index.js';
import { rangeLength, scaleRange } from '../../weights/index.js';
import type { CutBuilder } from '../cut-builder.js';
import type { LlamaShard } from './llama-shard.js';
import { columnParallel, multiplyTransposed, rowParallel } from './projections.js';

/** Values that all attention blocks of one graph share; declared once. */
export interface AttentionInputs {
  readonly lengths: readonly [lastPositions: string, totalLength: string];
  readonly rotaryTables: readonly [cos: string, sin: string];
}

export const attentionInputs = (cut: CutBuilder): AttentionInputs => ({
  lengths: cut.lengths(),
  rotaryTables: cut.rotaryTables(),
});

/** Root mean square norm (Zhang and Sennrich, 2019); ONNX Runtime calls it simplified layer normalization. */
function rmsNorm({ model, weights, allocateWeights }: LlamaShard, cut: CutBuilder, x: string, name: string): string {
  const scale = allocateWeights(model.hiddenSize);
  weights.read({ name, shape: [model.hiddenSize], rows: { start: 0, end: model.hiddenSize } }, scale);
  const attributes = { axis: int(-1), epsilon: float(model.rmsNormEps), stash_type: int(1) };
  const inputs = [x, cut.graph.initializer(name, scale, [model.hiddenSize])];
  return cut.graph.node('SimplifiedLayerNormalization', inputs, { attributes });
}

/**
 * The rank's rows of the embedding, looked up by token id. The table has one more row, of zeros, for the tokens that
 * other ranks hold: so every rank's result is a partial sum (vocab-parallel embedding, Megatron-LM).
 */
export function embedding(shard: LlamaShard, cut: CutBuilder): string {
  const { model, weights, vocabulary, vocabularyWidth } = shard;
  const { hiddenSize, vocabSize } = model;
  const name = 'model.embed_tokens.weight';
  const table = shard.allocateWeights((vocabularyWidth + 1) * hiddenSize);
  weights.read({ name, shape: [vocabSize, hiddenSize], rows: vocabulary }, table);
  const tableValue = cut.graph.initializer(name, table, [vocabularyWidth + 1, hiddenSize]);
  return cut.graph.node('Gather', [tableValue, cut.tokenIds()]);
}

function projectQueryKeyValue(shard: LlamaShard, cut: CutBuilder, x: string, prefix: string): string {
  const { model, heads, keyValueHeads } = shard;
  const { headDim, numAttentionHeads, numKeyValueHeads } = model;
  const keyValue = { outputs: numKeyValueHeads * headDim, rows: scaleRange(keyValueHeads, headDim) };
  return columnParallel(shard, cut.graph, x, {
    inputs: model.hiddenSize,
    hasBias: model.attentionBias,
    parts: [
      { name: `${prefix}.q_proj`, outputs: numAttentionHeads * headDim, rows: scaleRange(heads, headDim) },
      { name: `${prefix}.k_proj`, ...keyValue },
      { name: `${prefix}.v_proj`, ...keyValue },
    ],
  });
}

/** Norm, attention over the rank's heads with the cache updated in place, and output projection: a partial sum. */
export function attentionBlock(
  shard: LlamaShard,
  cut: CutBuilder,
  layer: number,
  x: string,
  { lengths, rotaryTables }: AttentionInputs,
): string {
  const { model, heads, keyValueHeads } = shard;
  const prefix = `model.layers.${layer}`;
  const normed = rmsNorm(shard, cut, x, `${prefix}.input_layernorm.weight`);
  const packed = projectQueryKeyValue(shard, cut, normed, `${prefix}.self_attn`);
  const cache = cut.cache(layer, rangeLength(keyValueHeads));
  const inputs = [packed, '', '', cache.pastKey, cache.pastValue, ...lengths, ...rotaryTables];
  const attended = cut.graph.node('GroupQueryAttention', inputs, {
    domain: 'com.microsoft',
    outputs: [`attended.${layer}`, cache.presentKey, cache.presentValue],
    attributes: {
      num_heads: int(rangeLength(heads)),
      kv_num_heads: int(rangeLength(keyValueHeads)),
      do_rotary: int(1),
    },
  });
  return rowParallel(shard, cut.graph, attended, {
    name: `${prefix}.self_attn.o_proj`,
    outputs: model.hiddenSize,
    inputs: model.numAttentionHeads * model.headDim,
    columns: scaleRange(heads, model.headDim),
    hasBias: model.attentionBias,
  });
}

/** Norm and the gated MLP, silu(gate(x)) · up(x), over the rank's part of the intermediate size: a partial sum. */
export function mlpBlock(shard: LlamaShard, cut: CutBuilder, layer: number, x: string): string {
  const { model, intermediate } = shard;
  const { graph } = cut;
  const prefix = `model.layers.${layer}`;
  const normed = rmsNorm(shard, cut, x, `${prefix}.post_attention_layernorm.weight`);
  const [gate, up] = (['gate_proj', 'up_proj'] as const).map((name) =>
    columnParallel(shard, graph, normed, {
      inputs: model.hiddenSize,
      hasBias: model.mlpBias,
      parts: [{ name: `${prefix}.mlp.${name}`, outputs: model.intermediateSize, rows: intermediate }],
    }),
  ) as [string, string];
  const activated = graph.node('Mul', [gate, graph.node('Sigmoid', [gate])]);
  return rowParallel(shard, graph, graph.node('Mul', [activated, up]), {
    name: `${prefix}.mlp.down_proj`,
    outputs: model.hiddenSize,
    inputs: model.intermediateSize,
    columns: intermediate,
    hasBias: model.mlpBias,
  });
}

/**
 * Final norm and the rank's slice of the LM head for each row's last token, float32 [rows, vocabularyWidth]. Where the
 * last rank's slice is short, the columns beyond the vocabulary are 0.
 */
export function lmHead(shard: LlamaShard, cut: CutBuilder, x: string): string {
  const { model, weights, vocabulary, vocabularyWidth } = shard;
  const { hiddenSize, vocabSize } = model;
  const lastTokens = cut.graph.node('Gather', [x, cut.graph.integer('last', -1)], { attributes: { axis: int(1) } });
  const normed = rmsNorm(shard, cut, lastTokens, 'model.norm.weight');
  const name = model.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  const weight = shard.allocateWeights(vocabularyWidth * hiddenSize);
  weights.read({ name, shape: [vocabSize, hiddenSize], rows: vocabulary }, weight);
  return multiplyTransposed(cut.graph, normed, name, weight, [vocabularyWidth, hiddenSize]);
}
