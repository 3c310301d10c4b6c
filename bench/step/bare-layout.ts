import type { TensorParallelLayout } from '../../src/channel/tensor-parallel-group.js';
import type { ModelConfig } from '../../src/llm/config/model-config.js';
import { vocabularyWidth } from '../../worker/model/weights/index.js';
import { MAX_BATCH, PROMPT_TOKENS } from './cell.js';

/** Sizes of the memory in which `size` ranks of a bare model meet. */
export function bareLayout(model: ModelConfig, size: number): TensorParallelLayout {
  return {
    size,
    partialSumBytes: PROMPT_TOKENS * model.hiddenSize * Float32Array.BYTES_PER_ELEMENT,
    logitsBytes: MAX_BATCH * vocabularyWidth(model.vocabSize, size) * Float32Array.BYTES_PER_ELEMENT,
  };
}
