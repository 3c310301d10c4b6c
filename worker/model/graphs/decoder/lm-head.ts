import { int } from '../../onnx/index.js';
import type { CutBuilder } from '../cut-builder.js';
import type { DecoderShard } from './decoder-shard.js';
import { norm } from './norms.js';
import { multiplyTransposed } from './projections.js';

function bound({ graph }: CutBuilder, logits: string, limit: number): string {
  const limitValue = graph.initializer('logits_softcap', Float32Array.of(limit), []);
  return graph.node('Mul', [graph.node('Tanh', [graph.node('Div', [logits, limitValue])]), limitValue]);
}

/**
 * Final norm and the rank's slice of the LM head for each row's last token, float32 [rows, vocabularyWidth]. Where the
 * last rank's slice is short, the columns beyond the vocabulary are 0.
 */
export function lmHead(shard: DecoderShard, cut: CutBuilder, x: string): string {
  const { model, weights, vocabulary, vocabularyWidth, family } = shard;
  const { hiddenSize, vocabSize, logitsSoftcap } = model;
  const lastTokens = cut.graph.node('Gather', [x, cut.graph.integer('last', -1)], { attributes: { axis: int(1) } });
  const normed = norm(shard, cut, lastTokens, family.names.finalNorm);
  const name = `${model.tieWordEmbeddings ? family.names.embedding : family.names.lmHead}.weight`;
  const weight = shard.allocateWeights(vocabularyWidth * hiddenSize);
  weights.read({ name, shape: [vocabSize, hiddenSize], rows: vocabulary }, weight);
  const logits = multiplyTransposed(cut.graph, normed, name, weight, [vocabularyWidth, hiddenSize]);
  return logitsSoftcap === undefined ? logits : bound(cut, logits, logitsSoftcap);
}
