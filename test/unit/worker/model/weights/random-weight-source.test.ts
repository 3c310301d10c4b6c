import { RandomWeightSource } from '../../../../../worker/model/weights/index.js';

const shape = [64, 48];
const all = { start: 0, end: 64 };

function read(seed: number, name: string, rows = all, columns = { start: 0, end: 48 }): Float32Array {
  const values = new Float32Array((rows.end - rows.start) * (columns.end - columns.start));
  new RandomWeightSource(seed).read({ name, shape, rows, columns }, values);
  return values;
}

describe('RandomWeightSource', () => {
  it('gives the scale of freshly initialized weights', () => {
    const values = read(1, 'up_proj.weight');
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(Math.sqrt(variance)).toBeCloseTo(0.02, 2);
  });

  it('gives every tensor and every seed other contents', () => {
    const contents = [read(1, 'up_proj.weight'), read(1, 'gate_proj.weight'), read(2, 'up_proj.weight')];
    expect(new Set(contents.map((values) => values.join())).size).toBe(3);
  });

  it('gives integers of which every bit is now 0 and now 1', () => {
    const words = new Int32Array(64);
    new RandomWeightSource(1).readIntegers({ name: 'w', shape: [64], rows: { start: 0, end: 64 } }, words);
    expect(words.reduce((bits, word) => bits & word)).toBe(0);
    expect(words.reduce((bits, word) => bits | word)).toBe(-1);
  });

  it('gives a slice the values that the whole tensor has there', () => {
    const whole = read(1, 'w');
    const slice = read(1, 'w', { start: 3, end: 5 }, { start: 10, end: 13 });
    expect([...slice]).toEqual([3, 4].flatMap((row) => [...whole.subarray(row * 48 + 10, row * 48 + 13)]));
  });

  it.each(['model.layers.0.input_layernorm.weight', 'h.0.ln_1.weight', 'ln_f.weight'])(
    'gives the scales of a norm ones: %s',
    (name) => {
      const values = new Float32Array(48);
      new RandomWeightSource(1).read({ name, shape: [48], rows: { start: 0, end: 48 } }, values);
      expect(values.every((value) => value === 1)).toBe(true);
    },
  );

  it('gives biases random values', () => {
    const values = new Float32Array(48);
    new RandomWeightSource(1).read({ name: 'h.0.ln_1.bias', shape: [48], rows: { start: 0, end: 48 } }, values);
    expect(values.some((value) => value !== values[0])).toBe(true);
  });
});
