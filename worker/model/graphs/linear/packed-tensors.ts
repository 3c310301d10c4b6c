import { ModelLoadError } from '../../../../src/core/index.js';
import type { CheckpointQuantization } from '../../../../src/llm/config/checkpoint-quantization.js';
import { rangeLength, type WeightSlice, type WeightSource } from '../../weights/index.js';
import type { QuantizedOutputs } from './pack-blocks.js';
import { type PackedAxis, type PackedMatrix, packedAxis, plainAxis } from './packed-matrix.js';

const WEIGHT = /\.weight$/;

const sibling = (name: string, tensor: string): string => name.replace(WEIGHT, `.${tensor}`);

/** Whether the checkpoint has the weight `name` quantized. */
export const isPacked = (weights: WeightSource, name: string): boolean => weights.has(sibling(name, 'qweight'));

const inputsOf = ({ shape }: WeightSlice): number => shape[1]!;

const numGroupsOf = (slice: WeightSlice, { groupSize }: CheckpointQuantization): number =>
  groupSize === undefined ? 1 : Math.ceil(inputsOf(slice) / groupSize);

/** @throws {ModelLoadError} when `g_idx` names a group that the layer doesn't have. */
function checkGroups(name: string, groups: Int32Array, numGroups: number): void {
  const input = groups.findIndex((group) => group < 0 || group >= numGroups);
  if (input === -1) return;
  throw new ModelLoadError(
    `Tensor ${name} puts input ${input} in group ${groups[input]}, but config.json's group_size makes ${numGroups} groups. Download the checkpoint again, or ask who made it.`,
    { details: { tensor: name } },
  );
}

/** The group of each input of the layer that `slice` is of: the checkpoint's `g_idx`, or consecutive ones. */
export function readGroups(weights: WeightSource, slice: WeightSlice, format: CheckpointQuantization): Int32Array {
  const inputs = inputsOf(slice);
  const { groupSize = inputs } = format;
  const name = sibling(slice.name, 'g_idx');
  if (format.method === 'awq' || !weights.has(name)) {
    return Int32Array.from({ length: inputs }, (_, input) => Math.floor(input / groupSize));
  }
  const groups = new Int32Array(inputs);
  weights.readIntegers({ name, shape: [inputs], rows: { start: 0, end: inputs } }, groups);
  checkGroups(name, groups, numGroupsOf(slice, format));
  return groups;
}

/** Reads the words of a tensor of `shape` [rows, columns], in words, that hold the values of both axes. */
function readMatrix(
  weights: WeightSource,
  name: string,
  shape: readonly [rows: number, columns: number],
  axes: { readonly rows: PackedAxis; readonly columns: PackedAxis },
  bits: 4 | 8,
): PackedMatrix {
  const [rows, columns] = [axes.rows.words, axes.columns.words];
  const words = new Int32Array(rangeLength(rows) * rangeLength(columns));
  weights.readIntegers({ name, shape, rows, columns }, words);
  return { bits, ...axes, words };
}

/**
 * Reads what a checkpoint holds of a slice [outputs, inputs] of a quantized weight.
 * @throws {ModelLoadError} when a tensor is missing, damaged, or of another shape or type than the format's.
 */
export function readQuantizedOutputs(
  weights: WeightSource,
  slice: WeightSlice,
  { columns }: Required<Pick<WeightSlice, 'columns'>>,
  format: CheckpointQuantization,
): QuantizedOutputs {
  const { method, bits, zeroOffset } = format;
  const { name, rows: outputs } = slice;
  const [numOutputs, numInputs] = [slice.shape[0]!, inputsOf(slice)];
  const inWords = (count: number): number => Math.ceil((count * bits) / 32);
  const isAwq = method === 'awq';
  const packedOutputs = packedAxis(outputs, bits, isAwq ? 'interleaved' : 'in-order');
  const axes = isAwq
    ? { rows: plainAxis(columns), columns: packedOutputs }
    : { rows: packedAxis(columns, bits, 'in-order'), columns: plainAxis(outputs) };
  const shape = isAwq ? ([numInputs, inWords(numOutputs)] as const) : ([inWords(numInputs), numOutputs] as const);
  const numGroups = numGroupsOf(slice, format);
  const allGroups = { start: 0, end: numGroups };
  const zeroAxes = { rows: plainAxis(allGroups), columns: packedOutputs };
  const scales = new Float32Array(numGroups * rangeLength(outputs));
  const scalesSlice = { name: sibling(name, 'scales'), shape: [numGroups, numOutputs], rows: allGroups };
  weights.read({ ...scalesSlice, columns: outputs }, scales);
  return {
    levels: readMatrix(weights, sibling(name, 'qweight'), shape, axes, bits),
    zeros: readMatrix(weights, sibling(name, 'qzeros'), [numGroups, inWords(numOutputs)], zeroAxes, bits),
    zeroOffset,
    scales,
  };
}
