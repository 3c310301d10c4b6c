import { largestValue } from './largest.js';

/** A place in the descending order of values, equal ones in the order of their indices: the last that is before it. */
export interface Cut {
  readonly value: number;
  readonly index: number;
}

const BINS_PER_UNIT = 16;
const NUM_BINS = 1024;

/** Values that lie further below the largest share the last bin, which only makes it slower to sort. */
const binOf = (value: number, maximum: number): number => Math.min(NUM_BINS - 1, (maximum - value) * BINS_PER_UNIT) | 0;

/** Shorter stretches are not worth their own maximum. */
const SHORTEST_STRETCH = 64;

const bins = new Float64Array(NUM_BINS);

/** What the values weigh by bin; valid until the next call. Without weights each weighs 1. */
function weighBins(values: Float32Array, maximum: number, weights: Float64Array | undefined): Float64Array {
  bins.fill(0);
  for (let index = 0; index < values.length; index++) {
    bins[binOf(values[index]!, maximum)]! += weights === undefined ? 1 : weights[index]!;
  }
  return bins;
}

/** The bin in which the sum reaches `enough`, or the last that holds anything, and what the bins before it weigh. */
function binThatReaches(weightOfBin: Float64Array, enough: number): { readonly bin: number; readonly before: number } {
  let found = { bin: 0, before: 0 };
  let sum = 0;
  for (let bin = 0; bin < NUM_BINS && sum < enough; bin++) {
    if (weightOfBin[bin] === 0) continue;
    found = { bin, before: sum };
    sum += weightOfBin[bin]!;
  }
  return found;
}

function sortedBin(values: Float32Array, maximum: number, bin: number): number[] {
  const members: number[] = [];
  for (let index = 0; index < values.length; index++) {
    if (binOf(values[index]!, maximum) === bin) members.push(index);
  }
  return members.sort((left, right) => values[right]! - values[left]! || left - right);
}

/**
 * Where the shortest beginning of the descending order ends that weighs `enough`, or the last value when all weigh less.
 * Only the bin in which that happens is sorted, so it takes two passes over the values whatever their number.
 * @param maximum the largest value.
 * @param weights of the values, not negative; default 1 each.
 */
export function findCut(values: Float32Array, maximum: number, enough: number, weights?: Float64Array): Cut {
  const { bin, before } = binThatReaches(weighBins(values, maximum, weights), enough);
  const members = sortedBin(values, maximum, bin);
  let sum = before;
  for (const index of members) {
    sum += weights === undefined ? 1 : weights[index]!;
    if (sum >= enough) return { value: values[index]!, index };
  }
  const last = members.at(-1)!;
  return { value: values[last]!, index: last };
}

/** A value that at least `count` values reach, as each of so many stretches has one that does. */
function valueReachedBy(values: Float32Array, count: number): number {
  const width = Math.floor(values.length / count);
  let reached = Number.POSITIVE_INFINITY;
  for (let stretch = 0; stretch < count; stretch++) {
    reached = Math.min(reached, largestValue(values.subarray(stretch * width, (stretch + 1) * width)));
  }
  return reached;
}

function indicesFrom(values: Float32Array, least: number): number[] {
  const indices: number[] = [];
  for (let index = 0; index < values.length; index++) if (values[index]! >= least) indices.push(index);
  return indices;
}

/**
 * The place of the `count` largest values' last. A few of many are looked for only among those that are large enough.
 * @param maximum the largest value.
 * @param count from 1 to the number of values.
 */
export function findCutAfter(values: Float32Array, maximum: number, count: number): Cut {
  if (count * SHORTEST_STRETCH > values.length) return findCut(values, maximum, count);
  const indices = indicesFrom(values, valueReachedBy(values, count));
  const { value, index } = findCut(
    Float32Array.from(indices, (candidate) => values[candidate]!),
    maximum,
    count,
  );
  return { value, index: indices[index]! };
}

/** The value at `index` is before the cut or is its last. */
export const isWithin = (cut: Cut, value: number, index: number): boolean =>
  value > cut.value || (value === cut.value && index <= cut.index);
