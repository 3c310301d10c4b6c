import type { TensorParallelLayout } from '../../../src/channel/tensor-parallel-group.js';
import type { StageConfig } from '../../../src/llm/config/stage-config.js';
import { vocabularyWidth } from '../weights/index.js';

const FLOAT_BYTES = 4;

/** Sizes of the slots that the ranks of a stage need in common: for its largest pass, and a row of logits per KV slot. */
export function tensorParallelLayout(config: StageConfig): TensorParallelLayout {
  const { model, tensorParallelSize: size, maxNumBatchedTokens, numSlots } = config;
  return {
    size,
    partialSumBytes: maxNumBatchedTokens * model.hiddenSize * FLOAT_BYTES,
    logitsBytes: numSlots * vocabularyWidth(model.vocabSize, size) * FLOAT_BYTES,
  };
}
