import { type GraphBuilder, int } from '../../onnx/index.js';
import type { CutContext } from '../architecture.js';
import { type LinearWeight, readLinearRows } from './linear-weight.js';
import { type BlockFormat, blocksPerRow, bytesPerRow, type QuantizedBlocks, quantizeRows } from './quantize-blocks.js';
import { quantizeChannels } from './quantize-channels.js';

/** Weights converted at a time: few enough to stay in a core's cache from reading to quantizing. */
const CHUNK_WEIGHTS = 1 << 17;

const MICROSOFT = { domain: 'com.microsoft' };

/** MatMulNBits' level at which inputs are quantized too, to 8 bits in blocks like the weight's. */
const INT8_INPUTS = 4;

/** Stands for the size of a token that is zero, so that nothing is divided by zero. */
const SMALLEST = 1e-30;

type Context = Pick<CutContext, 'weights' | 'allocateWeights' | 'allocateBytes'>;

/** Hands every chunk of rows to `convert`, which must be done with it when it returns. */
function convertRows(
  { weights }: Context,
  weight: LinearWeight,
  convert: (rows: Float32Array, firstRow: number) => void,
): void {
  const { outputs, inputs } = weight;
  const rowsPerChunk = Math.min(outputs, Math.max(1, Math.floor(CHUNK_WEIGHTS / inputs)));
  const chunk = new Float32Array(rowsPerChunk * inputs);
  for (let start = 0; start < outputs; start += rowsPerChunk) {
    const end = Math.min(outputs, start + rowsPerChunk);
    const rows = chunk.subarray(0, (end - start) * inputs);
    rows.fill(0);
    readLinearRows(weights, weight, { start, end }, rows);
    convert(rows, start);
  }
}

/** MatMulNBits of blocks that are ready; without zero points, 0 is in the middle of the values. */
export function multiplyWithBlocks(
  graph: GraphBuilder,
  x: string,
  { name, outputs, inputs }: Pick<LinearWeight, 'name' | 'outputs' | 'inputs'>,
  { bits, blockSize }: BlockFormat,
  { values, scales, zeroPoints }: QuantizedBlocks & { readonly zeroPoints?: Uint8Array },
): string {
  const numBlocks = scales.length / outputs;
  const inputNames = [
    x,
    graph.initializer(name, values, [outputs, numBlocks, (blockSize * bits) / 8]),
    graph.initializer(`${name}.scales`, scales, [outputs * numBlocks]),
  ];
  if (zeroPoints !== undefined) {
    inputNames.push(graph.initializer(`${name}.zero_points`, zeroPoints, [zeroPoints.length]));
  }
  const sizes = { K: int(inputs), N: int(outputs), bits: int(bits), block_size: int(blockSize) };
  return graph.node('MatMulNBits', inputNames, {
    ...MICROSOFT,
    attributes: { ...sizes, accuracy_level: int(INT8_INPUTS) },
  });
}

/** Weight and inputs in blocks of `format`. */
export function multiplyBlocks(
  context: Context,
  graph: GraphBuilder,
  x: string,
  weight: LinearWeight,
  format: BlockFormat,
): string {
  const { outputs, inputs } = weight;
  const values = context.allocateBytes(outputs * bytesPerRow(inputs, format));
  const scales = context.allocateWeights(outputs * blocksPerRow(inputs, format));
  convertRows(context, weight, (rows, firstRow) => quantizeRows(rows, inputs, format, { values, scales }, firstRow));
  return multiplyWithBlocks(graph, x, weight, format, { values, scales });
}

/** float32 x [.., inputs] in 8 bits, with a step and a zero that are the same for all tokens, and how large each token is. */
function quantizeTokens(graph: GraphBuilder, x: string, layer: string) {
  const last = graph.integers(`${layer}.last`, [-1]);
  const magnitudes = graph.node('ReduceMax', [graph.node('Abs', [x]), last]);
  // ReduceMax leaves the dims as they are where there are no tokens, as for an expert that none was sent to.
  const ends = [graph.integers(`${layer}.first`, [0]), graph.integers(`${layer}.end`, [1])];
  const largest = graph.node('Slice', [magnitudes, ...ends, last]);
  const divisor = graph.node('Max', [largest, graph.initializer(`${layer}.smallest`, Float32Array.of(SMALLEST), [1])]);
  const step = graph.initializer(`${layer}.step`, Float32Array.of(1 / 127), []);
  const zero = graph.initializer(`${layer}.zero`, Uint8Array.of(128), []);
  const values = graph.node('QuantizeLinear', [graph.node('Div', [x, divisor]), step, zero]);
  return { values, step, zero, divisor };
}

/**
 * A scale for every output, and one for every token. The kernel has one for all its inputs (DynamicQuantizeMatMul would
 * choose it by the largest of all tokens), so each token is brought to the same size before and back to its own after,
 * and its result doesn't depend on the others.
 */
export function multiplyChannels(context: Context, graph: GraphBuilder, x: string, weight: LinearWeight): string {
  const { name, outputs, inputs } = weight;
  const bytes = context.allocateBytes(inputs * outputs);
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const scales = context.allocateWeights(outputs);
  convertRows(context, weight, (rows, firstRow) => quantizeChannels(rows, inputs, { values, scales }, firstRow));
  const tokens = quantizeTokens(graph, x, name);
  const stored = graph.initializer(name, values, [inputs, outputs]);
  const scaled = graph.initializer(`${name}.scales`, scales, [outputs]);
  const product = graph.node(
    'MatMulIntegerToFloat',
    [tokens.values, stored, tokens.step, scaled, tokens.zero],
    MICROSOFT,
  );
  return graph.node('Mul', [product, tokens.divisor]);
}
