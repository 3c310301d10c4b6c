import type { NodeId } from '../../../src/core/index.js';
import { type BundleRequest, findBestNode, type NodeCapacity, takeBundles } from '../node-capacity.js';
import { addBundles, sortBundles } from '../sort-bundles.js';
import type { Placement } from './placement.js';

/**
 * STRICT_PACK: all bundles on one node, the emptiest that holds them.
 *
 * @param softTarget taken if it holds them, however full it is.
 * @source Ray's BundleStrictPackSchedulingPolicy
 */
export function strictPack(
  bundles: readonly BundleRequest[],
  nodes: readonly NodeCapacity[],
  softTarget?: NodeId,
): Placement {
  const inOrder = sortBundles(bundles).map((index) => bundles[index]!);
  const able = nodes.filter((node) => takeBundles(inOrder, node) !== undefined);
  const target = able.find(({ nodeId }) => nodeId === softTarget);
  const node = target ?? findEmptiest(addBundles(bundles), able);
  return node && bundles.map(() => node.nodeId);
}

/** The sum of the bundles may be more than single GPUs have room for in one piece: then the first node will do. */
function findEmptiest(sum: BundleRequest, nodes: readonly NodeCapacity[]): NodeCapacity | undefined {
  return findBestNode(sum, nodes) ?? nodes[0];
}
