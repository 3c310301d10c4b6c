/** Growth of memory that the soak still takes for none. */
const MAX_GROWTH = 0.05;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/**
 * Growth from the first third of the samples to the last, as a share of the first; medians, because garbage is collected
 * now and then. @param bytes of resident memory, at equal distances, without those of the warm-up.
 */
export function memoryGrowth(bytes: readonly number[]): number {
  const third = Math.max(1, Math.floor(bytes.length / 3));
  const first = median(bytes.slice(0, third));
  return (median(bytes.slice(-third)) - first) / first;
}

export const isFlat = (growth: number): boolean => growth <= MAX_GROWTH;
