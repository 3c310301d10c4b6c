import {
  type BlockFormat,
  blocksPerRow,
  bytesPerRow,
  quantizeRows,
} from '../../../../../../worker/model/graphs/linear/quantize-blocks.js';

const formats: readonly BlockFormat[] = [
  { bits: 8, blockSize: 128 },
  { bits: 8, blockSize: 32 },
  { bits: 4, blockSize: 128 },
  { bits: 4, blockSize: 32 },
];

function quantize(rows: Float32Array, inputs: number, format: BlockFormat) {
  const numRows = rows.length / inputs;
  const target = {
    values: new Uint8Array(numRows * bytesPerRow(inputs, format)),
    scales: new Float32Array(numRows * blocksPerRow(inputs, format)),
  };
  quantizeRows(rows, inputs, format, target, 0);
  return target;
}

/** What MatMulNBits takes a block's values for, in its order. */
function stepsOf(values: Uint8Array, bits: number): number[] {
  const half = 2 ** (bits - 1);
  if (bits === 8) return Array.from(values, (value) => value - half);
  return Array.from(values).flatMap((byte) => [(byte & 15) - half, (byte >> 4) - half]);
}

/** Each value of a row beside what it was quantized to, with its scale. */
function compare(row: Float32Array, format: BlockFormat) {
  const { values, scales } = quantize(row, row.length, format);
  const steps = stepsOf(values, format.bits);
  return Array.from(row, (value, index) => {
    const scale = scales[Math.floor(index / format.blockSize)]!;
    return { value, quantized: steps[index]! * scale, scale: Math.abs(scale) };
  });
}

const wave = (length: number): Float32Array => Float32Array.from({ length }, (_, index) => Math.sin(index * index));

describe.each(formats)('rows in blocks of $blockSize with $bits bits', (format) => {
  const { bits, blockSize } = format;
  const rounding = 1 + 1e-5;

  it('keep each value to half a step, but to a whole one at the end that lacks a step', () => {
    for (const { value, quantized, scale } of compare(wave(3 * blockSize), format)) {
      const isClipped = bits === 4 && Math.abs(value) > 7.5 * scale;
      expect(Math.abs(value - quantized)).toBeLessThanOrEqual(scale * (isClipped ? 1 : 0.5) * rounding);
    }
  });

  it("keep each block's largest magnitude exactly", () => {
    const row = wave(2 * blockSize);
    row[5] = -3;
    row[blockSize + 7] = 40;
    const compared = compare(row, format);
    expect(compared[5]!.quantized).toBeCloseTo(-3, 5);
    expect(compared[blockSize + 7]!.quantized).toBeCloseTo(40, 4);
  });

  it('keep rows of one value, and zeros, exactly', () => {
    for (const constant of [0.3, -0.3, 0]) {
      for (const { value, quantized } of compare(new Float32Array(blockSize).fill(constant), format)) {
        expect(quantized).toBeCloseTo(value, 6);
      }
    }
  });

  it('are filled up with zeros to whole blocks', () => {
    for (const inputs of [blockSize - 1, blockSize + 1, 3]) {
      const { values, scales } = quantize(wave(2 * inputs), inputs, format);
      expect(scales).toHaveLength(2 * Math.ceil(inputs / blockSize));
      for (const row of [0, 1]) {
        const width = bytesPerRow(inputs, format);
        const steps = stepsOf(values.subarray(row * width, (row + 1) * width), bits);
        expect(new Set(steps.slice(inputs))).toEqual(new Set([0]));
      }
    }
  });

  it('are the same whether they are quantized at once or in parts', () => {
    const inputs = blockSize + 5;
    const rows = wave(4 * inputs);
    const whole = quantize(rows, inputs, format);
    const parts = { values: new Uint8Array(whole.values.length), scales: new Float32Array(whole.scales.length) };
    quantizeRows(rows.subarray(3 * inputs), inputs, format, parts, 3);
    quantizeRows(rows.subarray(0, 3 * inputs), inputs, format, parts, 0);
    expect(parts).toEqual(whole);
  });
});

describe('packing', () => {
  it('has two 4-bit values in a byte, the first in the lower half', () => {
    const row = Float32Array.from({ length: 32 }, (_, index) => -8 + (index % 16));
    const { values, scales } = quantize(row, 32, { bits: 4, blockSize: 32 });
    expect(scales).toEqual(Float32Array.of(1));
    expect([...values.subarray(0, 8)]).toEqual([0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]);
  });

  it('has 8-bit values around 128', () => {
    const row = Float32Array.from({ length: 32 }, (_, index) => (index - 16) * 8 - (index === 0 ? -1 : 0));
    const { values, scales } = quantize(row, 32, { bits: 8, blockSize: 32 });
    expect(scales).toEqual(Float32Array.of(1));
    expect([...values.subarray(0, 3), values[16]]).toEqual([1, 8, 16, 128]);
  });
});
