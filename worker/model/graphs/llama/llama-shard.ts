import type { ModelConfig } from '../../../../src/llm/config/model-config.js';
import { evenSlice, keyValueHeadSlice, type Range, vocabularySlice, vocabularyWidth } from '../../weights/index.js';
import type { CutContext } from '../architecture.js';

/** What one tensor-parallel rank holds of a Llama model, and where its weights come from. */
export interface LlamaShard extends Pick<CutContext, 'weights' | 'allocateWeights'> {
  readonly model: ModelConfig;
  readonly rank: number;
  readonly tensorParallelSize: number;
  readonly heads: Range;
  readonly keyValueHeads: Range;
  readonly intermediate: Range;
  readonly vocabulary: Range;
  readonly vocabularyWidth: number;
}

/** @throws {ModelLoadError} when heads or intermediate size can't be divided by the tensor parallel size. */
export function createLlamaShard({ shard, weights, allocateWeights }: CutContext): LlamaShard {
  const { model, tensorRank } = shard;
  return {
    model,
    weights,
    allocateWeights,
    rank: tensorRank.rank,
    tensorParallelSize: tensorRank.size,
    heads: evenSlice(model.numAttentionHeads, tensorRank, 'number of attention heads'),
    keyValueHeads: keyValueHeadSlice(model.numKeyValueHeads, tensorRank),
    intermediate: evenSlice(model.intermediateSize, tensorRank, 'intermediate size'),
    vocabulary: vocabularySlice(model.vocabSize, tensorRank),
    vocabularyWidth: vocabularyWidth(model.vocabSize, tensorRank.size),
  };
}
