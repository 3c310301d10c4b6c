import { evenSlice, type Range } from '../../weights/index.js';
import type { CutBuilder } from '../cut-builder.js';
import { activate } from './activations.js';
import type { MlpBlock } from './decoder-family.js';
import { type DecoderShard, layerName } from './decoder-shard.js';
import { columnParallel, rowParallel, wholeRows } from './projections.js';

/** Names of projections within a layer. */
export interface GatedMlpNames {
  /** One projection with the gate's outputs before the others, or two. */
  readonly gateUp: string | readonly [gate: string, up: string];
  readonly down: string;
}

function intermediateOf({ model, rank, tensorParallelSize }: DecoderShard): Range {
  return evenSlice(model.intermediateSize, { rank, size: tensorParallelSize }, 'intermediate size');
}

/** From the rank's part of the intermediate size to its partial sum. */
function projectDown(shard: DecoderShard, cut: CutBuilder, x: string, name: string): string {
  const { hiddenSize, intermediateSize, mlpBias } = shard.model;
  const columns = intermediateOf(shard);
  return rowParallel(shard, cut.graph, x, {
    name,
    outputs: hiddenSize,
    inputs: intermediateSize,
    inputsFrom: 'intermediate_size',
    columns,
    hasBias: mlpBias,
  });
}

/** activation(gate(x)) · up(x) and the projection back, over the rank's part of the intermediate size. */
export function gatedMlp({ gateUp, down }: GatedMlpNames): MlpBlock {
  return (shard, cut, layer, x) => {
    const { hiddenSize, intermediateSize, mlpBias, activation } = shard.model;
    const { start, end } = intermediateOf(shard);
    const isFused = typeof gateUp === 'string';
    const [gate, up] = [0, 1].map((index) => {
      const firstRow = isFused ? index * intermediateSize : 0;
      const rows = { start: firstRow + start, end: firstRow + end };
      const partName = layerName(shard, layer, isFused ? gateUp : gateUp[index]!);
      const size = isFused
        ? { outputs: 2 * intermediateSize, outputsFrom: '2 × intermediate_size' }
        : { outputs: intermediateSize, outputsFrom: 'intermediate_size' };
      const part = wholeRows(partName, size, rows);
      const name = isFused ? `${partName}.${index}` : partName;
      return columnParallel(shard, cut.graph, x, { inputs: hiddenSize, hasBias: mlpBias, parts: [part], name });
    }) as [string, string];
    const product = cut.graph.node('Mul', [activate(cut.graph, gate, activation), up]);
    return projectDown(shard, cut, product, layerName(shard, layer, down));
  };
}

/** activation(up(x)) and the projection back, over the rank's part of the intermediate size. */
export function plainMlp({ up, down }: { readonly up: string; readonly down: string }): MlpBlock {
  return (shard, cut, layer, x) => {
    const { hiddenSize, intermediateSize, mlpBias, activation } = shard.model;
    const size = { outputs: intermediateSize, outputsFrom: 'intermediate_size' };
    const part = wholeRows(layerName(shard, layer, up), size, intermediateOf(shard));
    const projection = { inputs: hiddenSize, hasBias: mlpBias, parts: [part] };
    const activated = activate(cut.graph, columnParallel(shard, cut.graph, x, projection), activation);
    return projectDown(shard, cut, activated, layerName(shard, layer, down));
  };
}
