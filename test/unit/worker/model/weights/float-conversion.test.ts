import { areFinite, widenBfloat16, widenFloat16 } from '../../../../../worker/model/weights/float-conversion.js';

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

describe('Numbers that are not finite', () => {
  const isFound = (widen: typeof widenFloat16, bits: number): boolean =>
    !widen(Uint16Array.of(0, bits, 0), new Float32Array(3));

  it('are found while bfloat16 is widened', () => {
    expect([0x7f80, 0xff80, 0x7fc0, 0xff81].map((bits) => isFound(widenBfloat16, bits))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([0x7f7f, 0xff7f, 0x8000, 0x0001].map((bits) => isFound(widenBfloat16, bits))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('are found while float16 is widened', () => {
    expect([0x7c00, 0xfc00, 0x7e00, 0xfc01].map((bits) => isFound(widenFloat16, bits))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([0x7bff, 0xfbff, 0x8000, 0x0001].map((bits) => isFound(widenFloat16, bits))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('are found among float32', () => {
    const found = [Number.NaN, Infinity, -Infinity].map((value) => !areFinite(Float32Array.of(1, value, -1)));
    expect(found).toEqual([true, true, true]);
    expect(areFinite(Float32Array.of(0, -0, 3.4028234663852886e38, -3.4028234663852886e38, 2 ** -149))).toBe(true);
  });
});
