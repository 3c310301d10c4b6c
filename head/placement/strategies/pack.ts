import type { NodeId } from '../../../src/core/index.js';
import { type BundleRequest, findBestNode, type NodeCapacity, takeBundle } from '../node-capacity.js';
import { sortBundles } from '../sort-bundles.js';
import type { Placement } from './placement.js';

/**
 * PACK: as few nodes as a greedy pass gives. Takes the emptiest node for the hardest bundle, fills that node with every
 * other bundle that fits, and goes on with the rest on the other nodes. Not an optimal packing.
 *
 * @source Ray's BundlePackSchedulingPolicy
 */
export function pack(bundles: readonly BundleRequest[], nodes: readonly NodeCapacity[]): Placement {
  const placed: NodeId[] = [];
  let remaining = sortBundles(bundles);
  let candidates = nodes;
  for (let hardest = remaining[0]; hardest !== undefined; hardest = remaining[0]) {
    const node = findBestNode(bundles[hardest]!, candidates);
    if (node === undefined) return undefined;
    const onNode = fillNode(bundles, remaining, node);
    for (const index of onNode) placed[index] = node.nodeId;
    remaining = remaining.filter((index) => !onNode.has(index));
    candidates = candidates.filter((candidate) => candidate !== node);
  }
  return placed;
}

/** The bundles, of `remaining` in order, that one node takes together. */
function fillNode(bundles: readonly BundleRequest[], remaining: readonly number[], node: NodeCapacity): Set<number> {
  const taken = new Set<number>();
  let left = node;
  for (const index of remaining) {
    const next = takeBundle(bundles[index]!, left);
    if (next === undefined) continue;
    left = next;
    taken.add(index);
  }
  return taken;
}
