import { ModelLoadError } from '../../../../src/core/index.js';
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

/** ONNX Runtime's GroupQueryAttention takes heads of multiples of this many values. */
const HEAD_DIM_MULTIPLE = 16;

function checkHeadDim({ headDim }: ModelConfig): void {
  if (headDim % HEAD_DIM_MULTIPLE === 0) return;
  throw new ModelLoadError(
    `The model's attention heads have ${headDim} values each; only multiples of ${HEAD_DIM_MULTIPLE} are supported.`,
  );
}

/** @throws {ModelLoadError} when the head's dim is not supported, or heads or intermediate size can't be divided by the tensor parallel size. */
export function createLlamaShard({ shard, weights, allocateWeights }: CutContext): LlamaShard {
  const { model, tensorRank } = shard;
  checkHeadDim(model);
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
