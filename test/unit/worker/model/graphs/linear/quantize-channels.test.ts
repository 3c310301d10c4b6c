import { quantizeChannels } from '../../../../../../worker/model/graphs/linear/quantize-channels.js';

function quantize(rows: Float32Array, inputs: number) {
  const outputs = rows.length / inputs;
  const target = { values: new Int8Array(rows.length), scales: new Float32Array(outputs) };
  quantizeChannels(rows, inputs, target, 0);
  return target;
}

const wave = (length: number): Float32Array => Float32Array.from({ length }, (_, index) => Math.sin(index * index));

describe('rows with a scale each', () => {
  const inputs = 37;
  const outputs = 5;
  const rows = wave(outputs * inputs).map((value, index) => value * 10 ** Math.floor(index / inputs));

  it('keep each value to half a step, and lie inputs first', () => {
    const { values, scales } = quantize(rows, inputs);
    for (const [index, value] of rows.entries()) {
      const [output, input] = [Math.floor(index / inputs), index % inputs];
      const scale = scales[output]!;
      expect(Math.abs(value - values[input * outputs + output]! * scale)).toBeLessThanOrEqual(0.50001 * scale);
    }
  });

  it('use all steps but the lowest, which has no counterpart', () => {
    const { values } = quantize(Float32Array.of(1, -2, 2, -4, 4, 0), 2);
    expect([...values]).toEqual([64, 64, 127, -127, -127, 0]);
  });

  it('keep zeros', () => {
    expect(quantize(new Float32Array(6), 3)).toEqual({ values: new Int8Array(6), scales: new Float32Array(2) });
  });

  it('are the same whether they are quantized at once or in parts', () => {
    const whole = quantize(rows, inputs);
    const parts = { values: new Int8Array(rows.length), scales: new Float32Array(outputs) };
    quantizeChannels(rows.subarray(2 * inputs), inputs, parts, 2);
    quantizeChannels(rows.subarray(0, 2 * inputs), inputs, parts, 0);
    expect(parts).toEqual(whole);
  });
});
