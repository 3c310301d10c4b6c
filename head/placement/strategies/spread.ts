import type { NodeId } from '../../../src/core/index.js';
import { type BundleRequest, findBestNode, type NodeCapacity, takeBundle } from '../node-capacity.js';
import { sortBundles } from '../sort-bundles.js';
import type { Placement } from './placement.js';

/**
 * SPREAD: every bundle on a node of its own as far as there are nodes; a bundle that fits no unused node goes to the
 * emptiest used one.
 *
 * @source Ray's BundleSpreadSchedulingPolicy
 */
export function spread(bundles: readonly BundleRequest[], nodes: readonly NodeCapacity[]): Placement {
  const placed: NodeId[] = [];
  let unused = nodes;
  let used: readonly NodeCapacity[] = [];
  for (const index of sortBundles(bundles)) {
    const bundle = bundles[index]!;
    const node = findBestNode(bundle, unused) ?? findBestNode(bundle, used);
    const left = node && takeBundle(bundle, node);
    if (left === undefined) return undefined;
    placed[index] = left.nodeId;
    unused = unused.filter((candidate) => candidate !== node);
    used = [...used.filter((candidate) => candidate !== node), left];
  }
  return placed;
}
