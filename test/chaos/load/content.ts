/** How large a value is: `small` ones travel with their ref's owner, `large` ones lie in the nodes' object stores. */
export const sizes = ['small', 'large'] as const;
export type Size = (typeof sizes)[number];

/** In numbers of 8 bytes; a store takes what is over 100 KiB. */
const LENGTHS: Readonly<Record<Size, number>> = { small: 500, large: 25_000 };

/** Numbers that tell which value they are of, and at which place. */
export const contentOf = (size: Size, seed: number): Float64Array =>
  Float64Array.from({ length: LENGTHS[size] }, (_, index) => seed * LENGTHS[size] + index);

/** @throws {RangeError} that names the first number that is not as {@link contentOf} made it. */
export function requireContent(values: Float64Array, size: Size, seed: number): void {
  const expected = contentOf(size, seed);
  if (values.length !== expected.length) throw new RangeError(`${values.length} numbers, not ${expected.length}`);
  const wrong = expected.findIndex((value, index) => values[index] !== value);
  if (wrong >= 0) throw new RangeError(`number ${wrong} is ${values[wrong]}, not ${expected[wrong]}`);
}
