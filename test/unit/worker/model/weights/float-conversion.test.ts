import { widenBfloat16, widenFloat16 } from '../../../../../worker/model/weights/float-conversion.js';

const widened = (widen: typeof widenFloat16, bits: readonly number[]): number[] => {
  const target = new Float32Array(bits.length);
  widen(Uint16Array.from(bits), target);
  return [...target];
};

describe('widenBfloat16', () => {
  it('keeps sign, exponent and the 7 bits of fraction', () => {
    expect(widened(widenBfloat16, [0x3f80, 0xc000, 0x3fc0, 0x0000])).toEqual([1, -2, 1.5, 0]);
  });
});

describe('widenFloat16', () => {
  it('reads normal and subnormal numbers, infinities and NaN', () => {
    const bits = [0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x8400, 0x7c00, 0xfc00, 0x7e00];
    const { POSITIVE_INFINITY: infinity, NaN: notANumber } = Number;
    expect(widened(widenFloat16, bits)).toEqual([
      1,
      -2,
      0.333251953125,
      65504,
      2 ** -24,
      -(2 ** -14),
      infinity,
      -infinity,
      notANumber,
    ]);
  });
});
