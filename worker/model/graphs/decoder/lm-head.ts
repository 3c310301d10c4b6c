import { int } from '../../onnx/index.js';
import type { CutBuilder } from '../cut-builder.js';
import { linear } from '../linear/index.js';
import type { DecoderShard } from './decoder-shard.js';
import { norm } from './norms.js';

function bound({ graph }: CutBuilder, logits: string, limit: number): string {
  const limitValue = graph.initializer('logits_softcap', Float32Array.of(limit), []);
  return graph.node('Mul', [graph.node('Tanh', [graph.node('Div', [logits, limitValue])]), limitValue]);
}

/**
 * Final norm and the rank's slice of the LM head for each row's last token, float32 [rows, vocabularyWidth]. Where the
 * last rank's slice is short, the columns beyond the vocabulary are 0.
 */
export function lmHead(shard: DecoderShard, cut: CutBuilder, x: string): string {
  const { model, vocabulary, vocabularyWidth, family } = shard;
  const { hiddenSize, vocabSize, logitsSoftcap } = model;
  const lastTokens = cut.graph.node('Gather', [x, cut.graph.integer('last', -1)], { attributes: { axis: int(1) } });
  const normed = norm(shard, cut, lastTokens, family.names.finalNorm);
  const name = `${model.tieWordEmbeddings ? family.names.embedding : family.names.lmHead}.weight`;
  const shape = { shape: [vocabSize, hiddenSize], shapeFrom: ['vocab_size', 'hidden_size'] };
  const segments = [{ slice: { name, ...shape, rows: vocabulary }, firstOutput: 0 }];
  const weight = { name, outputs: vocabularyWidth, inputs: hiddenSize, segments };
  const logits = linear(shard, cut.graph, normed, weight);
  return logitsSoftcap === undefined ? logits : bound(cut, logits, logitsSoftcap);
}
