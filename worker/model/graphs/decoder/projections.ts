import { type GraphBuilder, int } from '../../onnx/index.js';
import { type Range, rangeLength } from '../../weights/index.js';
import type { DecoderShard } from './decoder-shard.js';

/** Rows of a projection of the checkpoint, [start, end), and which output of the part the first of them makes. */
interface RowSegment extends Range {
  readonly offset: number;
}

/** A projection of the checkpoint, weight [outputs, inputs], and the rows of it that make `width` outputs; others are 0. */
export interface ColumnParallelPart {
  /** Without `.weight` and `.bias`. */
  readonly name: string;
  readonly outputs: number;
  readonly width: number;
  readonly segments: readonly RowSegment[];
}

/** A part whose outputs are consecutive rows of the checkpoint's projection. */
export function wholeRows(name: string, outputs: number, rows: Range): ColumnParallelPart {
  return { name, outputs, width: rangeLength(rows), segments: [{ ...rows, offset: 0 }] };
}

/** Projections of one input side by side: computed as one, with outputs in the order of `parts`. */
export interface ColumnParallelProjection {
  readonly inputs: number;
  readonly parts: readonly ColumnParallelPart[];
  readonly hasBias: boolean;
  /** Of the graph's initializers; default the parts' names. */
  readonly name?: string | undefined;
}

/** A projection whose inputs are split: every rank's output is a partial sum over its own `columns`. */
export interface RowParallelProjection {
  readonly name: string;
  readonly outputs: number;
  readonly inputs: number;
  readonly columns: Range;
  readonly hasBias: boolean;
  /** Where inputs come in groups wider than the checkpoint's: its columns of a group, and the graph's, whose last are 0. */
  readonly groups?: { readonly size: number; readonly width: number };
}

/**
 * `x` [.., inputs] times a weight [outputs, inputs]. The checkpoint's layout is kept: ONNX Runtime packs weights for its
 * kernels when the session is created, from either layout, so a transposed copy of ours would change nothing.
 */
export function multiplyTransposed(
  graph: GraphBuilder,
  x: string,
  name: string,
  weight: Float32Array,
  dims: readonly [outputs: number, inputs: number],
): string {
  const attributes = { transB: int(1) };
  return graph.node('FusedMatMul', [x, graph.initializer(name, weight, dims)], { attributes, domain: 'com.microsoft' });
}

/** Each part's rows below each other; `rowShape` is [inputs] of a weight, [] of a bias. */
function readStacked(
  { weights, allocateWeights }: DecoderShard,
  suffix: 'weight' | 'bias',
  parts: readonly ColumnParallelPart[],
  rowShape: readonly number[],
): Float32Array {
  const [rowLength = 1] = rowShape;
  const stacked = allocateWeights(parts.reduce((total, { width }) => total + width, 0) * rowLength);
  let firstRow = 0;
  for (const { name, outputs, width, segments } of parts) {
    for (const { start, end, offset } of segments) {
      const slice = { name: `${name}.${suffix}`, shape: [outputs, ...rowShape], rows: { start, end } };
      weights.read(slice, stacked.subarray((firstRow + offset) * rowLength));
    }
    firstRow += width;
  }
  return stacked;
}

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
  const weight = readStacked(shard, 'weight', parts, [inputs]);
  const outputs = weight.length / inputs;
  const product = multiplyTransposed(graph, x, `${name}.weight`, weight, [outputs, inputs]);
  if (!hasBias) return product;
  const bias = graph.initializer(`${name}.bias`, readStacked(shard, 'bias', parts, []), [outputs]);
  return graph.node('Add', [product, bias]);
}

/** The rank's columns of a row-parallel weight, widened where its groups are: [outputs, width]. */
function readColumns({ weights, allocateWeights }: DecoderShard, projection: RowParallelProjection): Float32Array {
  const { name, outputs, inputs, columns, groups } = projection;
  const numColumns = rangeLength(columns);
  const slice = { name: `${name}.weight`, shape: [outputs, inputs], rows: { start: 0, end: outputs }, columns };
  const weight = allocateWeights(outputs * numColumns);
  weights.read(slice, weight);
  if (groups === undefined || groups.size === groups.width) return weight;
  const numGroups = (outputs * numColumns) / groups.size;
  const widened = allocateWeights(numGroups * groups.width);
  for (let group = 0; group < numGroups; group++) {
    const start = group * groups.size;
    widened.set(weight.subarray(start, start + groups.size), group * groups.width);
  }
  return widened;
}

/** Returns the rank's partial sum, [.., outputs]. Only rank 0 adds the bias, so that the sum of all ranks has it once. */
export function rowParallel(
  shard: DecoderShard,
  graph: GraphBuilder,
  x: string,
  projection: RowParallelProjection,
): string {
  const { name, outputs, hasBias } = projection;
  const weight = readColumns(shard, projection);
  const product = multiplyTransposed(graph, x, `${name}.weight`, weight, [outputs, weight.length / outputs]);
  if (!hasBias || shard.rank !== 0) return product;
  const bias = shard.allocateWeights(outputs);
  shard.weights.read({ name: `${name}.bias`, shape: [outputs], rows: { start: 0, end: outputs } }, bias);
  return graph.node('Add', [product, graph.initializer(`${name}.bias`, bias, [outputs])]);
}
