import { InvalidArgumentError } from '../../../core/index.js';
import type { LayerRange } from '../stage-config.js';
import type { Environment } from './parallel-environment.js';

/** Layer counts such as "2,3,3,2", and the environment variable that they come from. */
export interface LayerPartition {
  readonly variable: string;
  readonly counts: string;
}

/** VLLM_PP_LAYER_PARTITION, or RAY_TS_PP_LAYER_PARTITION; undefined when neither is set. */
export function readLayerPartition(environment: Environment): LayerPartition | undefined {
  for (const variable of ['VLLM_PP_LAYER_PARTITION', 'RAY_TS_PP_LAYER_PARTITION']) {
    const counts = environment[variable];
    if (counts) return { variable, counts };
  }
  return undefined;
}

function parsePartition({ variable, counts: text }: LayerPartition, numLayers: number, numStages: number): number[] {
  const counts = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (counts.some((count) => Number.isNaN(count) || count < 1)) {
    throw new InvalidArgumentError(
      `Invalid partition string: ${text}. ${variable} must be layer counts of at least 1 separated by commas.`,
    );
  }
  if (counts.length !== numStages) {
    throw new InvalidArgumentError(
      `${variable}=${text} has ${counts.length} stages, but pipelineParallelSize is ${numStages}.`,
    );
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total !== numLayers) {
    throw new InvalidArgumentError(`${variable}=${text} adds up to ${total} layers, but the model has ${numLayers}.`);
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
 * @param partition undefined splits evenly.
 * @throws {InvalidArgumentError} when the partition doesn't fit the model or the number of stages.
 */
export function splitLayers(numLayers: number, numStages: number, partition?: LayerPartition): LayerRange[] {
  const counts =
    partition === undefined ? splitEvenly(numLayers, numStages) : parsePartition(partition, numLayers, numStages);
  let firstLayer = 0;
  return counts.map((count) => {
    const range = { firstLayer, endLayer: firstLayer + count };
    firstLayer = range.endLayer;
    return range;
  });
}
