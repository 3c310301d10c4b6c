/** Storage types of checkpoints that are read. */
export type StoredDtype = 'F32' | 'F16' | 'BF16';

export const storedBytes: Readonly<Record<StoredDtype, number>> = { F32: 4, F16: 2, BF16: 2 };

export function isStoredDtype(dtype: string): dtype is StoredDtype {
  return Object.hasOwn(storedBytes, dtype);
}

/** Bits of a bfloat16 are the upper half of a float32's. `target` has the length of `source`. */
export function widenBfloat16(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16;
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

/** By a table of all 65,536 values, made at the first use. `target` has the length of `source`. */
export function widenFloat16(source: Uint16Array, target: Float32Array): void {
  float16Table ??= Float32Array.from({ length: 65_536 }, (_, bits) => float16Value(bits));
  const table = float16Table;
  for (let i = 0; i < source.length; i++) target[i] = table[source[i]!]!;
}
