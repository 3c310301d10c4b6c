import type { WeightSlice } from './weight-source.js';

/** The shape that config.json asks for instead of `stored`, with the fields that say so: "[101,48] (vocab_size)". */
export function describeMismatch({ shape, shapeFrom = [] }: WeightSlice, stored: readonly number[]): string {
  const isComparable = stored.length === shape.length;
  const fields = shapeFrom.filter((_, dim) => !isComparable || stored[dim] !== shape[dim]);
  return `[${shape}]${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`;
}
