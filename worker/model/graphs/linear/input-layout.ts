/** Block sizes to choose from, the most inputs first: larger ones make no product faster. */
const BLOCK_SIZES = [128, 64, 32, 16];

/** How the inputs of a quantized layer are laid out in blocks that each lie in one group of the checkpoint. */
export interface InputLayout {
  readonly blockSize: number;
  /** The layer's input at each place of all blocks, of those that it has here; -1 where there is none. */
  readonly order: Int32Array;
  /** The checkpoint's group of every block. */
  readonly groups: Int32Array;
  /** Whether inputs have to be brought into the order; otherwise they are in it already. */
  readonly isPermuted: boolean;
}

const NO_GROUP = -1;

/** The group of each block; undefined when a block has inputs of two. */
function groupBlocks(order: Int32Array, groupOf: ArrayLike<number>, blockSize: number): Int32Array | undefined {
  const groups = new Int32Array(order.length / blockSize).fill(NO_GROUP);
  for (const [place, input] of order.entries()) {
    if (input < 0) continue;
    const block = Math.floor(place / blockSize);
    const group = groupOf[input]!;
    if (groups[block] === NO_GROUP) groups[block] = group;
    else if (groups[block] !== group) return undefined;
  }
  return groups.map((group) => Math.max(group, 0));
}

function fillUp(order: Int32Array, blockSize: number): Int32Array {
  const filled = new Int32Array(Math.ceil(order.length / blockSize) * blockSize).fill(-1);
  filled.set(order);
  return filled;
}

function isSorted(order: Int32Array, groupOf: ArrayLike<number>): boolean {
  const groups = Array.from(order)
    .filter((input) => input >= 0)
    .map((input) => groupOf[input]!);
  return groups.every((group, index) => index === 0 || group >= groups[index - 1]!);
}

/**
 * Lays inputs out in the largest blocks that lie in one group each. Where groups are not consecutive (GPTQ's act-order),
 * inputs are sorted by their groups first.
 * @param inputs that the graph gives the layer, by their numbers, in its order; -1 for those that are always 0.
 * @param groupOf - group of each input, by its number.
 * @returns undefined when no block size does.
 */
export function layOutInputs(inputs: Int32Array, groupOf: ArrayLike<number>): InputLayout | undefined {
  const isPermuted = !isSorted(inputs, groupOf);
  if (isPermuted && inputs.includes(-1)) return undefined;
  const sorted = isPermuted
    ? inputs.toSorted((left, right) => groupOf[left]! - groupOf[right]! || left - right)
    : inputs;
  for (const blockSize of BLOCK_SIZES) {
    const order = fillUp(sorted, blockSize);
    const groups = groupBlocks(order, groupOf, blockSize);
    if (groups !== undefined) return { blockSize, order, groups, isPermuted };
  }
  return undefined;
}
