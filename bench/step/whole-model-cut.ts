import type { CutContext } from '../../worker/model/graphs/architecture.js';
import type { Cut } from '../../worker/model/graphs/cut.js';
import { CutBuilder } from '../../worker/model/graphs/cut-builder.js';
import { decoderLayers } from '../../worker/model/graphs/decoder/decoder-cuts.js';
import { createDecoderShard } from '../../worker/model/graphs/decoder/decoder-shard.js';
import { embedding } from '../../worker/model/graphs/decoder/embedding.js';
import { lmHead } from '../../worker/model/graphs/decoder/lm-head.js';
import { llama } from '../../worker/model/graphs/families/llama.js';
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
    weights: {
      has: (name) => weights.has(name),
      read,
      readIntegers: (...slice) => weights.readIntegers(...slice),
      close: () => weights.close(),
    },
  };
}

/** A whole Llama as one graph, LM head included, as the prototype for one process has it. */
export async function wholeModelCut(context: CutContext): Promise<Cut> {
  const shard = createDecoderShard(llama, untied(context));
  const cut = new CutBuilder('model', shard.model);
  const x = await decoderLayers(shard, cut, context.shard.layers, embedding(shard, cut), context.afterLayer);
  cut.outputLogits(lmHead(shard, cut, x), shard.vocabularyWidth);
  return cut.build();
}
