import type { NodeId } from '../../../src/core/index.js';
import { type BundleRequest, canHold, findBestNode, type NodeCapacity } from '../node-capacity.js';
import { sortBundles } from '../sort-bundles.js';
import type { Placement } from './placement.js';

/**
 * STRICT_SPREAD: every bundle on a node of its own. Each bundle takes the emptiest unused node, as in Ray; where that
 * ends with a bundle that fits no unused node, an exact search follows, so that undefined means that there is no way.
 *
 * @source Ray's BundleStrictSpreadSchedulingPolicy; the search is Kuhn's algorithm for bipartite matching
 */
export function strictSpread(bundles: readonly BundleRequest[], nodes: readonly NodeCapacity[]): Placement {
  if (bundles.length > nodes.length) return undefined;
  return placeGreedily(bundles, nodes) ?? placeByMatching(bundles, nodes);
}

function placeGreedily(bundles: readonly BundleRequest[], nodes: readonly NodeCapacity[]): Placement {
  const placed: NodeId[] = [];
  let unused = nodes;
  for (const index of sortBundles(bundles)) {
    const node = findBestNode(bundles[index]!, unused);
    if (node === undefined) return undefined;
    placed[index] = node.nodeId;
    unused = unused.filter((candidate) => candidate !== node);
  }
  return placed;
}

function placeByMatching(bundles: readonly BundleRequest[], nodes: readonly NodeCapacity[]): Placement {
  const bundleOfNode = new Map<NodeId, number>();
  for (const index of bundles.keys()) {
    if (!assignNode(index, bundles, nodes, bundleOfNode, new Set())) return undefined;
  }
  const placed: NodeId[] = [];
  for (const [nodeId, index] of bundleOfNode) placed[index] = nodeId;
  return placed;
}

/** Gives the bundle a node, moving bundles that were assigned before to other nodes where that is needed. */
function assignNode(
  index: number,
  bundles: readonly BundleRequest[],
  nodes: readonly NodeCapacity[],
  bundleOfNode: Map<NodeId, number>,
  tried: Set<NodeId>,
): boolean {
  for (const node of nodes) {
    const { nodeId } = node;
    if (tried.has(nodeId) || !canHold(bundles[index]!, node)) continue;
    tried.add(nodeId);
    const holder = bundleOfNode.get(nodeId);
    if (holder !== undefined && !assignNode(holder, bundles, nodes, bundleOfNode, tried)) continue;
    bundleOfNode.set(nodeId, index);
    return true;
  }
  return false;
}
