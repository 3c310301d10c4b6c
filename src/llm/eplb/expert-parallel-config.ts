import { InvalidArgumentError } from '../../core/index.js';
import type { ModelConfig } from '../config/model-config.js';
import { type ExpertPlacementStrategy, type LayerPlacement, placeExperts } from './expert-placement.js';

/** How a model's experts are spread over expert-parallel ranks; a plain record that all ranks get alike. */
export interface ExpertParallelConfig {
  /** By layer of the model; what it says of layers without experts means nothing. */
  readonly placement: readonly LayerPlacement[];
}

export interface ExpertParallelOptions {
  /** Tensor parallel ranks of a stage. */
  readonly numRanks: number;
  readonly strategy: ExpertPlacementStrategy;
  readonly numRedundantExperts: number;
}

/**
 * Places the experts of every layer alike.
 * @throws {InvalidArgumentError} when the model has no experts, or fewer than there are ranks.
 */
export function createExpertParallelConfig(model: ModelConfig, options: ExpertParallelOptions): ExpertParallelConfig {
  const { numRanks, strategy, numRedundantExperts } = options;
  const numExperts = model.experts?.numExperts ?? 0;
  if (numExperts === 0) {
    throw new InvalidArgumentError(
      'Number of experts in the model must be greater than 0 when expert parallelism is enabled.',
    );
  }
  const numPhysical = numExperts + numRedundantExperts;
  if (numRanks > numPhysical) {
    throw new InvalidArgumentError(
      `With expert parallelism, tensor parallel size (${numRanks}) must be at most the number of physical experts (${numPhysical}), or ranks would hold none. Decrease tensorParallelSize, increase eplbConfig.numRedundantExperts, or leave enableExpertParallel out.`,
    );
  }
  const layer = placeExperts({ numExperts, numRedundantExperts, numRanks, strategy });
  return { placement: new Array<LayerPlacement>(model.numHiddenLayers).fill(layer) };
}
