import type { CutContext } from '../../worker/model/graphs/architecture.js';
import type { Cut } from '../../worker/model/graphs/cut.js';
import { CutBuilder } from '../../worker/model/graphs/cut-builder.js';
import {
  attentionBlock,
  attentionInputs,
  embedding,
  lmHead,
  mlpBlock,
} from '../../worker/model/graphs/llama/blocks.js';
import { createLlamaShard } from '../../worker/model/graphs/llama/llama-shard.js';
import type { WeightSource } from '../../worker/model/weights/index.js';

/** In one graph every weight has a name of its own, so a model that shares its embedding reads it under both. */
function untied({ shard, weights, ...rest }: CutContext): CutContext {
  if (!shard.model.tieWordEmbeddings) return { shard, weights, ...rest };
  const read: WeightSource['read'] = (slice, destination) =>
    weights.read(
      slice.name === 'lm_head.weight' ? { ...slice, name: 'model.embed_tokens.weight' } : slice,
      destination,
    );
  return {
    ...rest,
    shard: { ...shard, model: { ...shard.model, tieWordEmbeddings: false } },
    weights: { read, close: () => weights.close() },
  };
}

/** A whole Llama as one graph, LM head included, as the prototype for one process has it. */
export function wholeModelCut(context: CutContext): Cut {
  const shard = createLlamaShard(untied(context));
  const cut = new CutBuilder('model', shard.model);
  let x = embedding(shard, cut);
  const inputs = attentionInputs(cut);
  for (let layer = 0; layer < shard.model.numHiddenLayers; layer++) {
    x = cut.graph.node('Add', [x, attentionBlock(shard, cut, layer, x, inputs)]);
    x = cut.graph.node('Add', [x, mlpBlock(shard, cut, layer, x)]);
  }
  cut.outputLogits(lmHead(shard, cut, x), shard.vocabularyWidth);
  return cut.build();
}
