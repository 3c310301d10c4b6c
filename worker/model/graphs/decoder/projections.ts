import type { GraphBuilder } from '../../onnx/index.js';
import { type Range, rangeLength } from '../../weights/index.js';
import { type InputGroups, type LinearSegment, linear } from '../linear/index.js';
import type { DecoderShard } from './decoder-shard.js';

/** The field of config.json with the width of the residual stream. */
const RESIDUAL_SIZE = 'hidden_size';

/** Rows of a projection of the checkpoint, [start, end), and which output of the part the first of them makes. */
interface RowSegment extends Range {
  readonly offset: number;
}

/** A projection of the checkpoint, weight [outputs, inputs], and the rows of it that make `width` outputs; others are 0. */
export interface ColumnParallelPart {
  /** Without `.weight` and `.bias`. */
  readonly name: string;
  readonly outputs: number;
  /** The fields of config.json that `outputs` follows from. */
  readonly outputsFrom: string;
  readonly width: number;
  readonly segments: readonly RowSegment[];
}

/** A part whose outputs are consecutive rows of the checkpoint's projection. */
export function wholeRows(
  name: string,
  size: Pick<ColumnParallelPart, 'outputs' | 'outputsFrom'>,
  rows: Range,
): ColumnParallelPart {
  return { name, ...size, width: rangeLength(rows), segments: [{ ...rows, offset: 0 }] };
}

/** Projections of one input, the residual stream, side by side: computed as one, with outputs in the order of `parts`. */
export interface ColumnParallelProjection {
  readonly inputs: number;
  readonly parts: readonly ColumnParallelPart[];
  readonly hasBias: boolean;
  /** Of the graph's initializers; default the parts' names. */
  readonly name?: string | undefined;
}

/** A projection back to the residual stream whose inputs are split: a rank's output is a partial sum over its own `columns`. */
export interface RowParallelProjection {
  readonly name: string;
  readonly outputs: number;
  readonly inputs: number;
  /** The fields of config.json that `inputs` follows from. */
  readonly inputsFrom: string;
  readonly columns: Range;
  readonly hasBias: boolean;
  readonly groups?: InputGroups;
}

/** Each part's rows below each other; `rowShape` is [inputs] of a weight, [] of a bias. */
function stackParts(
  suffix: 'weight' | 'bias',
  parts: readonly ColumnParallelPart[],
  rowShape: readonly number[],
): LinearSegment[] {
  let firstOutput = 0;
  return parts.flatMap(({ name, outputs, outputsFrom, width, segments }) => {
    const shape = [outputs, ...rowShape];
    const shapeFrom = [outputsFrom, RESIDUAL_SIZE].slice(0, shape.length);
    const first = firstOutput;
    firstOutput += width;
    return segments.map(({ start, end, offset }) => ({
      slice: { name: `${name}.${suffix}`, shape, shapeFrom, rows: { start, end } },
      firstOutput: first + offset,
    }));
  });
}

function readStackedBias({ weights, allocateWeights }: DecoderShard, parts: readonly ColumnParallelPart[]) {
  const bias = allocateWeights(totalWidth(parts));
  for (const { slice, firstOutput } of stackParts('bias', parts, [])) weights.read(slice, bias.subarray(firstOutput));
  return bias;
}

const totalWidth = (parts: readonly ColumnParallelPart[]): number =>
  parts.reduce((total, { width }) => total + width, 0);

/** Parts of one projection of the checkpoint differ by their rows. */
function nameOf(parts: readonly ColumnParallelPart[]): string {
  return [...new Set(parts.map(({ name }) => name))].join('+');
}

/** Returns [.., the parts' widths]. */
export function columnParallel(
  shard: DecoderShard,
  graph: GraphBuilder,
  x: string,
  projection: ColumnParallelProjection,
): string {
  const { inputs, parts, hasBias, name = nameOf(parts) } = projection;
  const outputs = totalWidth(parts);
  const segments = stackParts('weight', parts, [inputs]);
  const product = linear(shard, graph, x, { name: `${name}.weight`, outputs, inputs, segments });
  if (!hasBias) return product;
  const bias = graph.initializer(`${name}.bias`, readStackedBias(shard, parts), [outputs]);
  return graph.node('Add', [product, bias]);
}

/** Returns the rank's partial sum, [.., outputs]. Only rank 0 adds the bias, so that the sum of all ranks has it once. */
export function rowParallel(
  shard: DecoderShard,
  graph: GraphBuilder,
  x: string,
  projection: RowParallelProjection,
): string {
  const { outputs, columns, groups, hasBias } = projection;
  const name = `${projection.name}.weight`;
  const shape = { shape: [outputs, projection.inputs], shapeFrom: [RESIDUAL_SIZE, projection.inputsFrom] };
  const slice = { name, ...shape, rows: { start: 0, end: outputs }, columns };
  const numColumns = rangeLength(columns);
  const inputs = groups === undefined ? numColumns : (numColumns / groups.size) * groups.width;
  const product = linear(shard, graph, x, { name, outputs, inputs, segments: [{ slice, firstOutput: 0 }], groups });
  if (!hasBias || shard.rank !== 0) return product;
  const biasName = `${projection.name}.bias`;
  const bias = shard.allocateWeights(outputs);
  const biasSlice = { name: biasName, shape: [outputs], shapeFrom: [RESIDUAL_SIZE], rows: { start: 0, end: outputs } };
  shard.weights.read(biasSlice, bias);
  return graph.node('Add', [product, graph.initializer(biasName, bias, [outputs])]);
}
