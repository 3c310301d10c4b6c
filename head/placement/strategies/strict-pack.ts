import type { NodeId } from '../../../src/core/index.js';
import { type BundleRequest, findEmptiest, type NodeCapacity, takeBundles } from '../node-capacity.js';
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
  const node = target ?? findEmptiest(addBundles(bundles).resources, able);
  return node && bundles.map(() => node.nodeId);
}
