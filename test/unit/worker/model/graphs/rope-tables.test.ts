import type { RopeConfig } from '../../../../../src/llm/config/model-config.js';
import { ropeTables } from '../../../../../worker/model/graphs/index.js';

const HEAD_DIM = 128;
const HALF = HEAD_DIM / 2;

/** The frequency that a table was made with, from the angle at position 1. */
function frequencies(rope: RopeConfig): number[] {
  const { cos, sin } = ropeTables(rope, HEAD_DIM, 2);
  return Array.from({ length: HALF }, (_, index) => Math.atan2(sin[HALF + index]!, cos[HALF + index]!));
}

describe('ropeTables', () => {
  it('does not rotate position 0', () => {
    const { cos, sin } = ropeTables({ type: 'default', theta: 10_000 }, 16, 1);
    expect([...cos, ...sin]).toEqual([...new Array(8).fill(1), ...new Array(8).fill(0)]);
  });

  it('rotates by position times theta^(-2i/headDim)', () => {
    const { cos, sin } = ropeTables({ type: 'default', theta: 10_000 }, 16, 4);
    expect(cos[3 * 8 + 2]).toBeCloseTo(Math.cos(3 * 0.1), 6);
    expect(sin[3 * 8 + 4]).toBeCloseTo(Math.sin(3 * 0.01), 6);
  });

  it('slows every rotation down by the factor of linear scaling', () => {
    const plain = frequencies({ type: 'default', theta: 10_000 });
    const scaled = frequencies({ type: 'linear', theta: 10_000, factor: 4 });
    for (const [index, frequency] of scaled.entries()) expect(frequency * 4).toBeCloseTo(plain[index]!, 5);
  });

  describe('with the scaling of Llama 3.1', () => {
    const theta = 500_000;
    const plain = frequencies({ type: 'default', theta });
    const scaled = frequencies({
      type: 'llama3',
      theta,
      factor: 8,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalMaxPositionEmbeddings: 8192,
    });
    const ratios = scaled.map((frequency, index) => plain[index]! / frequency);

    it('keeps waves shorter than a quarter of the original length', () => {
      for (const ratio of ratios.slice(0, 29)) expect(ratio).toBeCloseTo(1, 4);
    });

    it('slows waves longer than the original length down by the factor', () => {
      for (const ratio of ratios.slice(35)) expect(ratio).toBeCloseTo(8, 3);
    });

    it('rises from one to the other between', () => {
      const between = ratios.slice(29, 35);
      expect(between).toEqual([...between].sort((left, right) => left - right));
      expect(between[0]).toBeGreaterThan(1.0001);
      expect(between.at(-1)).toBeLessThan(7.999);
    });
  });
});
