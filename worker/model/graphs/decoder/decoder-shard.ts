import { evenSlice, keyValueHeadSlice, vocabularySlice, vocabularyWidth } from '../../weights/index.js';
import type { CutContext } from '../architecture.js';
import { checkNumLayers } from './check-num-layers.js';
import type { DecoderFamily, DecoderShard } from './decoder-family.js';

export type { DecoderShard } from './decoder-family.js';

/** @throws {ModelLoadError} when heads can't be divided by the tensor parallel size, or the weights have other layers. */
export function createDecoderShard(family: DecoderFamily, context: Omit<CutContext, 'afterLayer'>): DecoderShard {
  const { allocateWeights, allocateBytes, provider = 'cpu' } = context;
  const { model, tensorRank, expertParallel } = context.shard;
  const weights = family.adaptWeights?.(context.weights) ?? context.weights;
  checkNumLayers(family, model, weights);
  return {
    family,
    model,
    weights,
    allocateWeights,
    allocateBytes,
    provider,
    expertParallel,
    rank: tensorRank.rank,
    tensorParallelSize: tensorRank.size,
    heads: evenSlice(model.numAttentionHeads, tensorRank, 'number of attention heads'),
    keyValueHeads: keyValueHeadSlice(model.numKeyValueHeads, tensorRank),
    vocabulary: vocabularySlice(model.vocabSize, tensorRank),
    vocabularyWidth: vocabularyWidth(model.vocabSize, tensorRank.size),
  };
}

/** A layer's name in the checkpoint followed by that of one of its parts. */
export const layerName = ({ family }: DecoderShard, layer: number, part: string): string =>
  `${family.names.layers}.${layer}.${part}`;
