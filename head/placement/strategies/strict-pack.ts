import { addResources, type Resources } from '../../../src/core/index.js';
import { findBestNode, type NodeCapacity } from '../node-capacity.js';
import type { Placement } from './placement.js';

/**
 * STRICT_PACK: all bundles on one node, the emptiest that holds their sum.
 *
 * @source Ray's BundleStrictPackSchedulingPolicy
 */
export function strictPack(bundles: readonly Resources[], nodes: readonly NodeCapacity[]): Placement {
  const node = findBestNode(bundles.reduce(addResources, {}), nodes);
  return node && bundles.map(() => node.nodeId);
}
