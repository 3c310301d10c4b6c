import { type NodeId, type Resources, subtractResources } from '../../../src/core/index.js';
import { findBestNode, type NodeCapacity } from '../node-capacity.js';
import { sortBundles } from '../sort-bundles.js';
import type { Placement } from './placement.js';

/**
 * SPREAD: every bundle on a node of its own as far as there are nodes; a bundle that fits no unused node goes to the
 * emptiest used one.
 *
 * @source Ray's BundleSpreadSchedulingPolicy
 */
export function spread(bundles: readonly Resources[], nodes: readonly NodeCapacity[]): Placement {
  const placed: NodeId[] = [];
  let unused = nodes;
  let used: readonly NodeCapacity[] = [];
  for (const index of sortBundles(bundles)) {
    const bundle = bundles[index] as Resources;
    const node = findBestNode(bundle, unused) ?? findBestNode(bundle, used);
    if (node === undefined) return undefined;
    placed[index] = node.nodeId;
    unused = unused.filter((candidate) => candidate !== node);
    const left = { nodeId: node.nodeId, free: subtractResources(node.free, bundle) };
    used = [...used.filter((candidate) => candidate !== node), left];
  }
  return placed;
}
