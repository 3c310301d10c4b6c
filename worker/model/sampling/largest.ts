const LANES = 8;

/** The largest value; eight at a time, since one running maximum would make every comparison wait for the one before. */
export function largestValue(values: Float32Array): number {
  const numInLanes = values.length - (values.length % LANES);
  let first = Number.NEGATIVE_INFINITY;
  let second = first;
  let third = first;
  let fourth = first;
  for (let index = 0; index < numInLanes; index += LANES) {
    if (values[index]! > first) first = values[index]!;
    if (values[index + 1]! > second) second = values[index + 1]!;
    if (values[index + 2]! > third) third = values[index + 2]!;
    if (values[index + 3]! > fourth) fourth = values[index + 3]!;
    if (values[index + 4]! > first) first = values[index + 4]!;
    if (values[index + 5]! > second) second = values[index + 5]!;
    if (values[index + 6]! > third) third = values[index + 6]!;
    if (values[index + 7]! > fourth) fourth = values[index + 7]!;
  }
  let largest = Math.max(first, second, third, fourth);
  for (let index = numInLanes; index < values.length; index++) largest = Math.max(largest, values[index]!);
  return largest;
}

/** Index of the largest value, the first of equals; 0 when there is none larger than minus infinity. */
export function indexOfLargest(values: Float32Array): number {
  return Math.max(0, values.indexOf(largestValue(values)));
}
