import { type GraphBuilder, int } from '../../onnx/index.js';
import type { CutContext } from '../architecture.js';
import { type LinearWeight, readLinearRows } from './linear-weight.js';
import { type BlockFormat, blocksPerRow, bytesPerRow, quantizeRows } from './quantize-blocks.js';
import { quantizeChannels } from './quantize-channels.js';

/** Weights converted at a time: few enough to stay in a core's cache from reading to quantizing. */
const CHUNK_WEIGHTS = 1 << 17;

const MICROSOFT = { domain: 'com.microsoft' };

/** MatMulNBits' level at which inputs are quantized too, to 8 bits in blocks like the weight's. */
const INT8_INPUTS = 4;

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

/** Weight and inputs in blocks of `format`. */
export function multiplyBlocks(
  context: Context,
  graph: GraphBuilder,
  x: string,
  weight: LinearWeight,
  format: BlockFormat,
): string {
  const { name, outputs, inputs } = weight;
  const { bits, blockSize } = format;
  const numBlocks = blocksPerRow(inputs, format);
  const values = context.allocateBytes(outputs * bytesPerRow(inputs, format));
  const scales = context.allocateWeights(outputs * numBlocks);
  convertRows(context, weight, (rows, firstRow) => quantizeRows(rows, inputs, format, { values, scales }, firstRow));
  const inputNames = [
    x,
    graph.initializer(name, values, [outputs, numBlocks, (blockSize * bits) / 8]),
    graph.initializer(`${name}.scales`, scales, [outputs * numBlocks]),
  ];
  const sizes = { K: int(inputs), N: int(outputs), bits: int(bits), block_size: int(blockSize) };
  return graph.node('MatMulNBits', inputNames, {
    ...MICROSOFT,
    attributes: { ...sizes, accuracy_level: int(INT8_INPUTS) },
  });
}

/** A scale for every output, and one for all inputs of a run. */
export function multiplyChannels(context: Context, graph: GraphBuilder, x: string, weight: LinearWeight): string {
  const { name, outputs, inputs } = weight;
  const bytes = context.allocateBytes(inputs * outputs);
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const scales = context.allocateWeights(outputs);
  convertRows(context, weight, (rows, firstRow) => quantizeChannels(rows, inputs, { values, scales }, firstRow));
  const inputNames = [
    x,
    graph.initializer(name, values, [inputs, outputs]),
    graph.initializer(`${name}.scales`, scales, [outputs]),
  ];
  return graph.node('DynamicQuantizeMatMul', inputNames, MICROSOFT);
}
