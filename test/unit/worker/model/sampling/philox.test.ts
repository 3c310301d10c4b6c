import { philox, uniformAt } from '../../../../../worker/model/sampling/philox.js';

const hex = (words: readonly number[]): string => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox', () => {
  // The known answers of Random123, kat_vectors, for philox4x32 with 10 rounds.
  it('gives the published words', () => {
    const ones = 0xffffffff;
    expect(hex(philox([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    expect(hex(philox([ones, ones, ones, ones], [ones, ones]))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
    const digitsOfPi = philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]);
    expect(hex(digitsOfPi)).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
  });
});

describe('uniformAt', () => {
  it('spreads over [0, 1) by position and by seed', () => {
    for (const draw of [(i: number) => uniformAt(7, i), (i: number) => uniformAt(i, 7)]) {
      const numbers = Array.from({ length: 2000 }, (_, index) => draw(index));
      const tenths = Array.from(
        { length: 10 },
        (_, tenth) => numbers.filter((number) => Math.floor(number * 10) === tenth).length,
      );
      expect(Math.min(...tenths)).toBeGreaterThan(150);
      expect(tenths.reduce((sum, count) => sum + count)).toBe(2000);
    }
  });
});
