import { InvalidArgumentError } from '../../core/index.js';
import type { ModelConfig } from './model-config.js';
import type { LayerRange } from './stage-config.js';

export interface ParallelConfig {
  readonly tensorParallelSize: number;
  readonly pipelineParallelSize: number;
  /** tensorParallelSize × pipelineParallelSize. */
  readonly worldSize: number;
  /** The decoder layers of every stage, in order, covering all layers once. */
  readonly stageLayers: readonly LayerRange[];
}

/** A rank's place: tensor ranks are adjacent (vLLM's layout, tensor parallel fastest). */
export interface RankPlace {
  readonly stage: number;
  readonly tensorRank: number;
}

export function placeOfRank(rank: number, tensorParallelSize: number): RankPlace {
  return { stage: Math.floor(rank / tensorParallelSize), tensorRank: rank % tensorParallelSize };
}

export function rankOfPlace(place: RankPlace, tensorParallelSize: number): number {
  return place.stage * tensorParallelSize + place.tensorRank;
}

/** The one rank that answers: the last stage's first, since all tensor ranks of it sample the same tokens. */
export function outputRank(parallel: Pick<ParallelConfig, 'worldSize' | 'tensorParallelSize'>): number {
  return parallel.worldSize - parallel.tensorParallelSize;
}

function parsePartition(partition: string, numLayers: number, numStages: number): number[] {
  const counts = partition.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (counts.some((count) => Number.isNaN(count) || count < 1)) {
    throw new InvalidArgumentError(
      `Invalid partition string: ${partition}. RAY_TS_PP_LAYER_PARTITION must be layer counts of at least 1 separated by commas.`,
    );
  }
  if (counts.length !== numStages) {
    throw new InvalidArgumentError(
      `RAY_TS_PP_LAYER_PARTITION=${partition} has ${counts.length} stages, but pipelineParallelSize is ${numStages}.`,
    );
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total !== numLayers) {
    throw new InvalidArgumentError(
      `RAY_TS_PP_LAYER_PARTITION=${partition} adds up to ${total} layers, but the model has ${numLayers}.`,
    );
  }
  return counts;
}

/** The remainder goes one layer each to the stages before the last, backwards: the last also holds the LM head. */
function splitEvenly(numLayers: number, numStages: number): number[] {
  const counts = new Array<number>(numStages).fill(Math.floor(numLayers / numStages));
  for (let extra = 0; extra < numLayers % numStages; extra++) counts[numStages - 2 - extra]! += 1;
  return counts;
}

/**
 * The layers of every pipeline stage, as vLLM's `get_pp_indices`.
 * @param partition layer counts such as "2,3,3,2" (RAY_TS_PP_LAYER_PARTITION); undefined splits evenly.
 * @throws {InvalidArgumentError} when the partition doesn't fit the model or the number of stages.
 */
export function splitLayers(numLayers: number, numStages: number, partition?: string): LayerRange[] {
  const counts =
    partition === undefined ? splitEvenly(numLayers, numStages) : parsePartition(partition, numLayers, numStages);
  let firstLayer = 0;
  return counts.map((count) => {
    const range = { firstLayer, endLayer: firstLayer + count };
    firstLayer = range.endLayer;
    return range;
  });
}

function checkTensorParallel(model: ModelConfig, tensorParallelSize: number): void {
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

/** @throws {InvalidArgumentError} when the model can't be cut into these sizes. */
export function createParallelConfig(
  model: ModelConfig,
  sizes: Pick<ParallelConfig, 'tensorParallelSize' | 'pipelineParallelSize'>,
  layerPartition?: string,
): ParallelConfig {
  const { tensorParallelSize, pipelineParallelSize } = sizes;
  checkTensorParallel(model, tensorParallelSize);
  if (model.numHiddenLayers < pipelineParallelSize) {
    throw new InvalidArgumentError(
      `Total number of layers (${model.numHiddenLayers}) must be at least the pipeline parallel size (${pipelineParallelSize}).`,
    );
  }
  return {
    tensorParallelSize,
    pipelineParallelSize,
    worldSize: tensorParallelSize * pipelineParallelSize,
    stageLayers: splitLayers(model.numHiddenLayers, pipelineParallelSize, layerPartition),
  };
}
