/** Repeated measurements of one thing. */
export interface Summary {
  readonly median: number;
  readonly minimum: number;
  /** Difference of the largest and the smallest, relative to the median. */
  readonly spread: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function summarize(values: readonly number[]): Summary {
  const middle = median(values);
  const minimum = Math.min(...values);
  return { median: middle, minimum, spread: (Math.max(...values) - minimum) / middle };
}
