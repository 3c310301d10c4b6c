import { InvalidArgumentError, invariant } from '../../core/index.js';
import type { ModelConfig } from '../config/model-config.js';
import { type ExpertPlacementStrategy, type LayerPlacement, placeExperts } from './expert-placement.js';

/** When experts are placed anew, by the load that they had. */
export interface ExpertBalancingConfig {
  /** Steps whose load counts. */
  readonly windowSize: number;
  /** Steps from one look at the load to the next. */
  readonly stepInterval: number;
}

/** How a model's experts are spread over expert-parallel ranks; a plain record that all ranks get alike. */
export interface ExpertParallelConfig {
  /** By layer of the model; what it says of layers without experts means nothing. */
  readonly placement: readonly LayerPlacement[];
  /** Without it experts stay where they are. */
  readonly balancing?: ExpertBalancingConfig | undefined;
}

export interface ExpertParallelOptions {
  /** Tensor parallel ranks of a stage. */
  readonly numRanks: number;
  readonly strategy: ExpertPlacementStrategy;
  readonly numRedundantExperts: number;
  readonly balancing?: ExpertBalancingConfig | undefined;
}

/** @throws {InvalidArgumentError} when there are more ranks than physical experts. */
export function checkNumExpertRanks(numPhysical: number, numRanks: number): void {
  if (numRanks <= numPhysical) return;
  throw new InvalidArgumentError(
    `With expert parallelism, tensorParallelSize (${numRanks}) must be at most the number of physical experts (${numPhysical}), or ranks would hold none. Decrease it, increase eplbConfig.numRedundantExperts, or leave enableExpertParallel out.`,
  );
}

/** Places the experts of every layer alike, at least one on each rank. */
export function createExpertParallelConfig(model: ModelConfig, options: ExpertParallelOptions): ExpertParallelConfig {
  invariant(model.experts !== undefined, 'a model whose experts are placed has some');
  const { balancing, ...placing } = options;
  const layer = placeExperts({ numExperts: model.experts.numExperts, ...placing });
  return { placement: new Array<LayerPlacement>(model.numHiddenLayers).fill(layer), balancing };
}
