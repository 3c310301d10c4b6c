import { InvalidArgumentError } from '../../../core/index.js';
import type { ModelConfig } from '../model-config.js';
import type { ResolvedParallelArgs } from './parallel-args.js';

type Sizes = Pick<ResolvedParallelArgs, 'tensorParallelSize' | 'pipelineParallelSize' | 'decodeContextParallelSize'>;

function checkTensorParallel(model: ModelConfig, { tensorParallelSize }: Sizes): void {
  const { numAttentionHeads, numKeyValueHeads, intermediateSize } = model;
  if (numAttentionHeads % tensorParallelSize !== 0) {
    throw new InvalidArgumentError(
      `Total number of attention heads (${numAttentionHeads}) must be divisible by tensor parallel size (${tensorParallelSize}).`,
    );
  }
  if (numKeyValueHeads % tensorParallelSize !== 0 && tensorParallelSize % numKeyValueHeads !== 0) {
    throw new InvalidArgumentError(
      `Total number of key/value heads (${numKeyValueHeads}) must be divisible by tensor parallel size (${tensorParallelSize}), or divide it.`,
    );
  }
  if (intermediateSize % tensorParallelSize !== 0) {
    throw new InvalidArgumentError(
      `The intermediate size (${intermediateSize}) must be divisible by tensor parallel size (${tensorParallelSize}).`,
    );
  }
}

/** Context-parallel ranks divide what tensor-parallel ranks would hold twice: the repeated key/value heads. */
function checkDecodeContextParallel(model: ModelConfig, sizes: Sizes): void {
  const { tensorParallelSize: tp, decodeContextParallelSize: dcp } = sizes;
  if (dcp === 1) return;
  if (tp % dcp !== 0) {
    throw new InvalidArgumentError(
      `tensorParallelSize (${tp}) must be divisible by decodeContextParallelSize (${dcp}).`,
    );
  }
  const copies = Math.floor(tp / model.numKeyValueHeads);
  if (copies > 1 && dcp <= copies) return;
  throw new InvalidArgumentError(
    `decodeContextParallelSize (${dcp}) must be at most tensorParallelSize (${tp}) / key/value heads (${model.numKeyValueHeads}), and tensorParallelSize greater than the number of key/value heads.`,
  );
}

/** @throws {InvalidArgumentError} when the model can't be cut into these sizes. */
export function checkModelFit(model: ModelConfig, sizes: Sizes): void {
  checkTensorParallel(model, sizes);
  checkDecodeContextParallel(model, sizes);
  if (model.numHiddenLayers >= sizes.pipelineParallelSize) return;
  throw new InvalidArgumentError(
    `Total number of layers (${model.numHiddenLayers}) must be at least the pipeline parallel size (${sizes.pipelineParallelSize}).`,
  );
}
