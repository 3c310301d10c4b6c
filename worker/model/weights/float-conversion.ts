/** Storage types of checkpoints that are read. */
export type StoredDtype = 'F32' | 'F16' | 'BF16';

export const storedBytes: Readonly<Record<StoredDtype, number>> = { F32: 4, F16: 2, BF16: 2 };

export function isStoredDtype(dtype: string): dtype is StoredDtype {
  return Object.hasOwn(storedBytes, dtype);
}

/**
 * Bits of a bfloat16 are the upper half of a float32's. `target` has the length of `source`. Returns whether all are
 * finite: an exponent of ones carries into the sign.
 */
export function widenBfloat16(source: Uint16Array, target: Float32Array): boolean {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  let carries = 0;
  for (let i = 0; i < source.length; i++) {
    const stored = source[i]!;
    carries |= (stored & 0x7f80) + 0x80;
    bits[i] = stored << 16;
  }
  return (carries & 0x8000) === 0;
}

/** IEEE 754 binary16 bits to the number. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let float16Table: Float32Array | undefined;

/** By a table of all 65,536 values, made at the first use. Otherwise as {@link widenBfloat16}. */
export function widenFloat16(source: Uint16Array, target: Float32Array): boolean {
  float16Table ??= Float32Array.from({ length: 65_536 }, (_, bits) => float16Value(bits));
  const table = float16Table;
  let carries = 0;
  for (let i = 0; i < source.length; i++) {
    const stored = source[i]!;
    carries |= (stored & 0x7c00) + 0x400;
    target[i] = table[stored]!;
  }
  return (carries & 0x8000) === 0;
}

/** Whether no value is infinite or NaN. */
export function areFinite(values: Float32Array): boolean {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let carries = 0;
  for (let i = 0; i < bits.length; i++) carries |= (bits[i]! & 0x7f800000) + 0x800000;
  return carries >= 0;
}
