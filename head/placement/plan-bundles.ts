/**
 * Decides which nodes get the bundles of a placement group: all of them or none. Pure: the caller prepares and commits
 * the bundles with the nodes' agents, and asks again when something changed.
 */
import type { NodeId, ResourcePool } from '../../src/core/index.js';
import { findPacking, type PackingSearch } from './find-packing.js';
import type { BundleRequest, NodeCapacity } from './node-capacity.js';
import { availablePool, type NodeSnapshot, totalPool } from './node-snapshot.js';
import { pack } from './strategies/pack.js';
import { spread } from './strategies/spread.js';
import { strictPack } from './strategies/strict-pack.js';
import { strictSpread } from './strategies/strict-spread.js';

/** How the bundles of a group lie on the nodes. Names are Ray's. */
export const PlacementStrategy = {
  /** As few nodes as possible. */
  PACK: 'PACK',
  /** As many nodes as possible. */
  SPREAD: 'SPREAD',
  /** One node, or none. */
  STRICT_PACK: 'STRICT_PACK',
  /** A node for each bundle, or none. */
  STRICT_SPREAD: 'STRICT_SPREAD',
} as const;

export type PlacementStrategy = (typeof PlacementStrategy)[keyof typeof PlacementStrategy];

export type BundlePlan =
  /** The node of each bundle, by the bundle's position. */
  | { readonly kind: 'placed'; readonly nodeIds: readonly NodeId[] }
  /** The bundles fit what the nodes have, but not what nobody holds now. */
  | { readonly kind: 'unavailable' }
  /** The bundles can never fit these nodes, were they empty. */
  | { readonly kind: 'infeasible' };

/** Bundles that want to be placed together. */
export interface BundleSet {
  readonly strategy: PlacementStrategy;
  readonly bundles: readonly BundleRequest[];
  /** Nodes left out: for STRICT_SPREAD those that hold other bundles of the same group. */
  readonly excludedNodeIds: readonly NodeId[];
  /** STRICT_PACK only: the node that is taken if it has room. */
  readonly softTargetNodeId: NodeId | undefined;
}

/**
 * Plans all bundles together. PACK and SPREAD are greedy, as in Ray; where the greedy pass finds nothing, a search for
 * any division follows, so that a group is called infeasible only when there is none. (In the rare case that the search
 * is too long to finish, the group is unavailable.) Fractions of GPUs are given to GPUs as the agents do it.
 *
 * @param nodes that may take work, in any order; ties are settled by node id.
 */
export function planBundles(set: BundleSet, nodes: readonly NodeSnapshot[]): BundlePlan {
  const candidates = candidateNodes(set, nodes);
  const now = search(
    set,
    candidates.map((node) => capacityOf(node, availablePool(node))),
  );
  if (now.kind === 'found') return { kind: 'placed', nodeIds: now.nodeIds };
  const ever = search(
    set,
    candidates.map((node) => capacityOf(node, totalPool(node))),
  );
  return { kind: ever.kind === 'impossible' ? 'infeasible' : 'unavailable' };
}

/** The nodes that the bundles may use, by id. */
export function candidateNodes({ excludedNodeIds }: BundleSet, nodes: readonly NodeSnapshot[]): NodeSnapshot[] {
  return nodes
    .filter(({ nodeId }) => !excludedNodeIds.includes(nodeId))
    .sort((left, right) => (left.nodeId < right.nodeId ? -1 : 1));
}

export const capacityOf = ({ nodeId, labels = {} }: NodeSnapshot, free: ResourcePool): NodeCapacity => ({
  nodeId,
  free,
  labels,
});

function search(set: BundleSet, nodes: readonly NodeCapacity[]): PackingSearch {
  const nodeIds = place(set, nodes);
  if (nodeIds !== undefined) return { kind: 'found', nodeIds };
  const isExact = set.strategy === 'STRICT_PACK' || set.strategy === 'STRICT_SPREAD';
  return isExact ? { kind: 'impossible' } : findPacking(set.bundles, nodes);
}

function place({ strategy, bundles, softTargetNodeId }: BundleSet, nodes: readonly NodeCapacity[]) {
  switch (strategy) {
    case 'PACK':
      return pack(bundles, nodes);
    case 'SPREAD':
      return spread(bundles, nodes);
    case 'STRICT_PACK':
      return strictPack(bundles, nodes, softTargetNodeId);
    case 'STRICT_SPREAD':
      return strictSpread(bundles, nodes);
  }
}
