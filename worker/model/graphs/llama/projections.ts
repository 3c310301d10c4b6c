import { type GraphBuilder, int } from '../../onnx/index.js';
import { type Range, rangeLength } from '../../weights/index.js';
import type { LlamaShard } from './llama-shard.js';

/** A projection of the checkpoint, weight [outputs, inputs], and the rows of it that the shard holds. */
interface ColumnParallelPart {
  /** Without `.weight` and `.bias`. */
  readonly name: string;
  readonly outputs: number;
  readonly rows: Range;
}

/** Projections of one input side by side: computed as one, with outputs in the order of `parts`. */
export interface ColumnParallelProjection {
  readonly inputs: number;
  readonly parts: readonly ColumnParallelPart[];
  readonly hasBias: boolean;
}

/** A projection whose inputs are split: every rank's output is a partial sum over its own `columns`. */
export interface RowParallelProjection {
  readonly name: string;
  readonly outputs: number;
  readonly inputs: number;
  readonly columns: Range;
  readonly hasBias: boolean;
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
  { weights, allocateWeights }: LlamaShard,
  suffix: 'weight' | 'bias',
  parts: readonly ColumnParallelPart[],
  rowShape: readonly number[],
): Float32Array {
  const [rowLength = 1] = rowShape;
  const numRows = parts.reduce((total, { rows }) => total + rangeLength(rows), 0);
  const stacked = allocateWeights(numRows * rowLength);
  let offset = 0;
  for (const { name, outputs, rows } of parts) {
    weights.read({ name: `${name}.${suffix}`, shape: [outputs, ...rowShape], rows }, stacked.subarray(offset));
    offset += rangeLength(rows) * rowLength;
  }
  return stacked;
}

/** Returns [.., the parts' rows]. */
export function columnParallel(
  shard: LlamaShard,
  graph: GraphBuilder,
  x: string,
  projection: ColumnParallelProjection,
): string {
  const { inputs, parts, hasBias } = projection;
  const name = parts.map((part) => part.name).join('+');
  const weight = readStacked(shard, 'weight', parts, [inputs]);
  const outputs = weight.length / inputs;
  const product = multiplyTransposed(graph, x, `${name}.weight`, weight, [outputs, inputs]);
  if (!hasBias) return product;
  const bias = graph.initializer(`${name}.bias`, readStacked(shard, 'bias', parts, []), [outputs]);
  return graph.node('Add', [product, bias]);
}

/** Returns the rank's partial sum, [.., outputs]. Only rank 0 adds the bias, so that the sum of all ranks has it once. */
export function rowParallel(
  shard: LlamaShard,
  graph: GraphBuilder,
  x: string,
  projection: RowParallelProjection,
): string {
  const { name, outputs, inputs, columns, hasBias } = projection;
  const rows = { start: 0, end: outputs };
  const width = rangeLength(columns);
  const weight = shard.allocateWeights(outputs * width);
  shard.weights.read({ name: `${name}.weight`, shape: [outputs, inputs], rows, columns }, weight);
  const product = multiplyTransposed(graph, x, `${name}.weight`, weight, [outputs, width]);
  if (!hasBias || shard.rank !== 0) return product;
  const bias = shard.allocateWeights(outputs);
  shard.weights.read({ name: `${name}.bias`, shape: [outputs], rows }, bias);
  return graph.node('Add', [product, graph.initializer(`${name}.bias`, bias, [outputs])]);
}
