import { ModelLoadError } from '../../../../src/core/index.js';
import type { CheckpointQuantization } from '../../../../src/llm/config/checkpoint-quantization.js';
import { type GraphBuilder, int } from '../../onnx/index.js';
import type { Range, WeightSource } from '../../weights/index.js';
import type { CutContext } from '../architecture.js';
import { type InputLayout, layOutInputs } from './input-layout.js';
import type { LinearWeight } from './linear-weight.js';
import { type PackedBlocks, packBlocks, packedBytes } from './pack-blocks.js';
import { isPacked, readGroups, readQuantizedOutputs } from './packed-tensors.js';
import type { BlockFormat } from './quantize-blocks.js';
import { multiplyWithBlocks } from './quantized-products.js';

type Context = Pick<CutContext, 'weights' | 'allocateWeights' | 'allocateBytes'>;

/**
 * Whether the checkpoint has the whole layer quantized.
 * @throws {ModelLoadError} when it has parts of it only.
 */
export function isPackedWeight(weights: WeightSource, { segments }: LinearWeight): boolean {
  const names = [...new Set(segments.map(({ slice }) => slice.name))];
  const packed = names.filter((name) => isPacked(weights, name));
  if (packed.length === 0 || packed.length === names.length) return packed.length > 0;
  throw new ModelLoadError(
    `The checkpoint has ${packed.join(', ')} quantized, but not ${names.filter((name) => !packed.includes(name)).join(', ')}, which is computed with it as one layer. Use a checkpoint in which all of them are quantized, or none.`,
  );
}

/** Columns of the checkpoint's weight that the layer multiplies, the same for all its segments. */
function columnsOf({ segments }: LinearWeight): Range {
  const { slice } = segments[0]!;
  return slice.columns ?? { start: 0, end: slice.shape[1]! };
}

/** The numbers of the inputs, from the first column on, that the graph gives the layer; -1 for those that fill groups up. */
function graphInputs({ inputs, groups }: LinearWeight): Int32Array {
  const { size, width } = groups ?? { size: 1, width: 1 };
  return Int32Array.from({ length: inputs }, (_, index) => {
    const place = index % width;
    return place < size ? Math.floor(index / width) * size + place : -1;
  });
}

/**
 * @throws {ModelLoadError} when the rank's inputs, or the groups of parts that are computed as one, fit no block.
 */
function layOut(context: Context, weight: LinearWeight, format: CheckpointQuantization): InputLayout {
  const { start, end } = columnsOf(weight);
  const slices = new Map(weight.segments.map(({ slice }) => [slice.name, slice]));
  const [first, ...rest] = [...slices.values()].map((slice) =>
    readGroups(context.weights, slice, format).subarray(start, end),
  );
  if (rest.some((groups) => groups.some((group, input) => group !== first![input]))) {
    throw new ModelLoadError(
      `The g_idx tensors of ${[...slices.keys()].join(', ')} order inputs differently, but they are computed as one layer. Use a checkpoint without act-order (desc_act false).`,
    );
  }
  const layout = layOutInputs(graphInputs(weight), first!);
  if (layout !== undefined) return layout;
  throw new ModelLoadError(
    `The quantization groups of ${weight.name} (group_size ${format.groupSize ?? -1}) can't be cut into blocks of at least 16 inputs over the inputs ${start} to ${end} that this rank computes. Use a tensor parallel size that splits no group, or a checkpoint without act-order (desc_act false) and with heads of a multiple of 16 values.`,
    { details: { tensor: weight.name } },
  );
}

/** `x` [.., inputs] times a weight that the checkpoint holds quantized: float32 [.., outputs]. */
export function multiplyPacked(
  context: Context,
  graph: GraphBuilder,
  x: string,
  weight: LinearWeight,
  format: CheckpointQuantization,
): string {
  const { name, outputs, inputs } = weight;
  const { bits } = format;
  const layout = layOut(context, weight, format);
  const numBlocks = layout.groups.length;
  const blocks: PackedBlocks = {
    values: context.allocateBytes(outputs * packedBytes(layout.order.length, bits)),
    scales: context.allocateWeights(outputs * numBlocks),
    zeroPoints: context.allocateBytes(outputs * packedBytes(numBlocks, bits)),
  };
  const columns = columnsOf(weight);
  const areSymmetric = weight.segments.map(({ slice, firstOutput }) =>
    packBlocks(readQuantizedOutputs(context.weights, slice, { columns }, format), layout, blocks, firstOutput),
  );
  const blockFormat: BlockFormat = { bits, blockSize: layout.blockSize };
  const stored = areSymmetric.every(Boolean) ? { values: blocks.values, scales: blocks.scales } : blocks;
  const order = Array.from(layout.order.subarray(0, inputs));
  const ordered = layout.isPermuted
    ? graph.node('Gather', [x, graph.integers(`${name}.order`, order)], { attributes: { axis: int(-1) } })
    : x;
  return multiplyWithBlocks(graph, ordered, weight, blockFormat, stored);
}
