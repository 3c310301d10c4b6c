import { int } from '../../onnx/index.js';
import { elementTypes } from '../../onnx/onnx-schema.js';
import type { CutBuilder } from '../cut-builder.js';
import type { DecoderShard } from './decoder-shard.js';

/**
 * The rank's rows of the embedding, looked up by token id. The table has one more row, of zeros, for the tokens that
 * other ranks hold: so every rank's result is a partial sum (vocab-parallel embedding, Megatron-LM).
 */
function lookUpTokens(shard: DecoderShard, cut: CutBuilder): string {
  const { model, weights, vocabulary, vocabularyWidth, family } = shard;
  const { hiddenSize, vocabSize } = model;
  const name = `${family.names.embedding}.weight`;
  const table = shard.allocateWeights((vocabularyWidth + 1) * hiddenSize);
  const shapeFrom = ['vocab_size', 'hidden_size'];
  weights.read({ name, shape: [vocabSize, hiddenSize], shapeFrom, rows: vocabulary }, table);
  const tableValue = cut.graph.initializer(name, table, [vocabularyWidth + 1, hiddenSize]);
  return cut.graph.node('Gather', [tableValue, cut.tokenIds()]);
}

/** Positions of a pass's tokens, int64 [rows, tokens], from those of each row's last token. */
function positionsOf(cut: CutBuilder): string {
  const { graph } = cut;
  const one = graph.integer('one', 1);
  const numTokens = graph.node('Gather', [graph.node('Shape', [cut.tokenIds()]), one]);
  const beforeLast = graph.node('Range', [graph.node('Sub', [one, numTokens]), one, one]);
  const [lastPositions] = cut.lengths();
  const last = graph.node('Unsqueeze', [
    graph.node('Cast', [lastPositions], { attributes: { to: int(elementTypes.int64) } }),
    graph.integers('token_axis', [1]),
  ]);
  return graph.node('Add', [last, beforeLast]);
}

/** Learned positions; with as many rows as the model was trained for. */
function lookUpPositions(shard: DecoderShard, cut: CutBuilder, positions: string): string {
  const { hiddenSize, maxModelLen, maxPositionEmbeddings = maxModelLen } = shard.model;
  const name = `${positions}.weight`;
  const table = shard.allocateWeights(maxModelLen * hiddenSize);
  const rows = { start: 0, end: maxModelLen };
  const shapeFrom = ['max_position_embeddings', 'hidden_size'];
  shard.weights.read({ name, shape: [maxPositionEmbeddings, hiddenSize], shapeFrom, rows }, table);
  return cut.graph.node('Gather', [cut.graph.initializer(name, table, [maxModelLen, hiddenSize]), positionsOf(cut)]);
}

/** The rank's share of the residual stream before the first layer; learned positions are rank 0's. */
export function embedding(shard: DecoderShard, cut: CutBuilder): string {
  const { model, family, rank } = shard;
  const tokens = lookUpTokens(shard, cut);
  const { positions } = family.names;
  if (positions !== undefined && rank === 0) {
    return cut.graph.node('Add', [tokens, lookUpPositions(shard, cut, positions)]);
  }
  if (!family.scalesEmbedding) return tokens;
  const scale = Float32Array.of(Math.sqrt(model.hiddenSize));
  return cut.graph.node('Mul', [tokens, cut.graph.initializer('embedding_scale', scale, [])]);
}
