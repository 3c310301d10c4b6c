/** Edits (insert, delete, replace one character) that turn `left` into `right`. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}

const normalize = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase();

/**
 * The candidate that a mistyped name most likely means, for "did you mean" messages; undefined when none is near. Case,
 * dashes and underscores don't count, so `tensor_parallel_size` finds `tensorParallelSize`.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const distances = candidates.map((candidate) => ({
    candidate,
    distance: editDistance(normalize(name), normalize(candidate)),
  }));
  const [best] = distances.sort((left, right) => left.distance - right.distance);
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}
