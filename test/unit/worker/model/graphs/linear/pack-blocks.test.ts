import type { CheckpointQuantization } from '../../../../../../src/llm/config/checkpoint-quantization.js';
import { type InputLayout, layOutInputs } from '../../../../../../worker/model/graphs/linear/input-layout.js';
import {
  type PackedBlocks,
  packBlocks,
  packedBytes,
} from '../../../../../../worker/model/graphs/linear/pack-blocks.js';
import { readGroups, readQuantizedOutputs } from '../../../../../../worker/model/graphs/linear/packed-tensors.js';
import type { Range, WeightSlice, WeightSource } from '../../../../../../worker/model/weights/index.js';

/** A layer before it is packed: level, zero and scale by formulas, so that no two neighbours are equal. */
interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly format: CheckpointQuantization;
  readonly groupOf: (input: number) => number;
}

const levelAt = ({ format }: Layer, input: number, output: number): number =>
  (input * 7 + output * 5 + ((input * output) % 11)) % 2 ** format.bits;
const zeroAt = ({ format }: Layer, group: number, output: number): number =>
  (group * 3 + output * 5) % 2 ** format.bits;
const scaleAt = (group: number, output: number): number => 1 + group + output / 8;

/** What the layer's weight is, by definition. */
const weightAt = (layer: Layer, input: number, output: number): number => {
  const group = layer.groupOf(input);
  return (levelAt(layer, input, output) - zeroAt(layer, group, output)) * scaleAt(group, output);
};

const AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7];

/** One word of values, as the formats' own packers build it. */
function packWord(bits: number, order: readonly number[], valueAt: (place: number) => number): number {
  return order.reduce((word, place, index) => word | (valueAt(place) << (bits * index)), 0);
}

/** A checkpoint with one layer, `layer`. */
class LayerSource implements WeightSource {
  readonly #layer: Layer;

  constructor(layer: Layer) {
    this.#layer = layer;
  }

  has(name: string): boolean {
    return name === 'layer.qweight' || (name === 'layer.g_idx' && this.#layer.format.method === 'gptq');
  }

  read(slice: WeightSlice, destination: Float32Array): void {
    expect(slice.name).toBe('layer.scales');
    this.#fill(slice, destination, scaleAt);
  }

  readIntegers(slice: WeightSlice, destination: Int32Array): void {
    const { format, groupOf } = this.#layer;
    const { bits, method, zeroOffset } = format;
    const perWord = 32 / bits;
    const order = method === 'awq' ? AWQ_ORDER : Array.from({ length: perWord }, (_, index) => index);
    const zero = (group: number, output: number) => (zeroAt(this.#layer, group, output) - zeroOffset) & (2 ** bits - 1);
    const along = (at: (place: number) => number) => packWord(bits, order, at);
    switch (slice.name) {
      case 'layer.g_idx':
        for (const index of destination.keys()) destination[index] = groupOf(index);
        break;
      case 'layer.qzeros':
        this.#fill(slice, destination, (group, word) => along((place) => zero(group, word * perWord + place)));
        break;
      default:
        this.#fill(slice, destination, (row, column) =>
          along((place) =>
            method === 'awq'
              ? levelAt(this.#layer, row, column * perWord + place)
              : levelAt(this.#layer, row * perWord + place, column),
          ),
        );
    }
  }

  close(): void {}

  #fill(slice: WeightSlice, destination: Float32Array | Int32Array, at: (row: number, column: number) => number): void {
    const { rows, columns = { start: 0, end: slice.shape[1]! } } = slice;
    const width = columns.end - columns.start;
    for (let row = rows.start; row < rows.end; row++) {
      for (let column = columns.start; column < columns.end; column++) {
        destination[(row - rows.start) * width + column - columns.start] = at(row, column);
      }
    }
  }
}

/** The value that MatMulNBits takes the place of a row for. */
function valueAt(blocks: PackedBlocks, layout: InputLayout, bits: 4 | 8, row: number, place: number): number {
  const at = (bytes: Uint8Array, perRow: number, index: number): number => {
    const start = row * packedBytes(perRow, bits);
    return bits === 8 ? bytes[start + index]! : (bytes[start + (index >> 1)]! >> (4 * (index & 1))) & 15;
  };
  const numBlocks = layout.groups.length;
  const block = Math.floor(place / layout.blockSize);
  const zero = at(blocks.zeroPoints, numBlocks, block);
  return (at(blocks.values, layout.order.length, place) - zero) * blocks.scales[row * numBlocks + block]!;
}

interface Part {
  readonly outputs: Range;
  readonly columns: Range;
}

/** Packs a part of a layer behind one row that stays empty. */
function packPart(layer: Layer, { outputs, columns }: Part) {
  const { bits } = layer.format;
  const source = new LayerSource(layer);
  const slice = { name: 'layer.weight', shape: [layer.outputs, layer.inputs], rows: outputs, columns };
  const groups = readGroups(source, slice, layer.format).subarray(columns.start, columns.end);
  const numInputs = columns.end - columns.start;
  const layout = layOutInputs(
    Int32Array.from({ length: numInputs }, (_, index) => index),
    groups,
  )!;
  const numRows = outputs.end - outputs.start + 1;
  const blocks: PackedBlocks = {
    values: new Uint8Array(numRows * packedBytes(layout.order.length, bits)),
    scales: new Float32Array(numRows * layout.groups.length),
    zeroPoints: new Uint8Array(numRows * packedBytes(layout.groups.length, bits)),
  };
  const quantized = readQuantizedOutputs(source, slice, { columns }, layer.format);
  return { layout, blocks, isSymmetric: packBlocks(quantized, layout, blocks, 1) };
}

const gptq = { method: 'gptq', bits: 4, groupSize: 32, zeroOffset: 1 } as const;

const layers: readonly (readonly [string, Layer])[] = [
  ['GPTQ', { inputs: 96, outputs: 24, format: gptq, groupOf: (input) => input >> 5 }],
  ['GPTQ v2', { inputs: 96, outputs: 24, format: { ...gptq, zeroOffset: 0 }, groupOf: (input) => input >> 5 }],
  ['GPTQ of 8 bits', { inputs: 96, outputs: 24, format: { ...gptq, bits: 8 }, groupOf: (input) => input >> 5 }],
  ['GPTQ by channels', { inputs: 96, outputs: 24, format: { ...gptq, groupSize: undefined }, groupOf: () => 0 }],
  ['GPTQ in act-order', { inputs: 96, outputs: 24, format: gptq, groupOf: (input) => (input * 5) % 3 }],
  [
    'AWQ',
    { inputs: 96, outputs: 24, format: { ...gptq, method: 'awq', zeroOffset: 0 }, groupOf: (input) => input >> 5 },
  ],
];

const parts: readonly Part[] = [
  { outputs: { start: 0, end: 24 }, columns: { start: 0, end: 96 } },
  { outputs: { start: 3, end: 22 }, columns: { start: 0, end: 96 } },
];

describe.each(layers)('a layer in %s', (_, layer) => {
  it.each(parts)('has the same weights in blocks, of the outputs $outputs', (part) => {
    const { layout, blocks } = packPart(layer, part);
    for (let output = part.outputs.start; output < part.outputs.end; output++) {
      const row = output - part.outputs.start + 1;
      const actual = Array.from(layout.order, (_input, place) =>
        valueAt(blocks, layout, layer.format.bits, row, place),
      );
      const expected = Array.from(layout.order, (input) => (input < 0 ? 0 : weightAt(layer, input, output)));
      expect(actual).toEqual(expected);
    }
  });

  it('leaves rows alone that it has no output for', () => {
    const { layout, blocks } = packPart(layer, parts[0]!);
    expect(blocks.scales.subarray(0, layout.groups.length).every((scale) => scale === 0)).toBe(true);
  });
});

describe('a rank of a layer', () => {
  it.each(layers.filter(([name]) => name !== 'GPTQ in act-order'))(
    'has its inputs in %s, also from within a group',
    (_, layer) => {
      const part = { outputs: { start: 8, end: 16 }, columns: { start: 48, end: 96 } };
      const { layout, blocks } = packPart(layer, part);
      const actual = Array.from(layout.order, (_input, place) => valueAt(blocks, layout, layer.format.bits, 1, place));
      const expected = Array.from(layout.order, (input) => (input < 0 ? 0 : weightAt(layer, 48 + input, 8)));
      expect(actual).toEqual(expected);
    },
  );
});

describe('zero points', () => {
  it('are known to be in the middle', () => {
    const matrix = (word: number) => ({
      bits: 4 as const,
      rows: { words: { start: 0, end: 1 }, offsets: Int32Array.of(0), shifts: Uint8Array.of(0) },
      columns: { words: { start: 0, end: 1 }, offsets: Int32Array.of(0), shifts: Uint8Array.of(0) },
      words: Int32Array.of(word),
    });
    const layout = { blockSize: 16, order: new Int32Array(16), groups: Int32Array.of(0), isPermuted: false };
    const pack = (zero: number) =>
      packBlocks(
        { levels: matrix(0), zeros: matrix(zero), zeroOffset: 1, scales: Float32Array.of(1) },
        layout,
        { values: new Uint8Array(8), scales: new Float32Array(1), zeroPoints: new Uint8Array(1) },
        0,
      );
    expect(pack(7)).toBe(true);
    expect(pack(6)).toBe(false);
  });
});
