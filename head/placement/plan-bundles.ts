/**
 * Decides which nodes get the bundles of a placement group: all of them or none. Pure: the caller prepares and commits
 * the bundles with the nodes' agents, and asks again when something changed.
 */
import type { NodeId, Resources } from '../../src/core/index.js';
import { findPacking, type PackingSearch } from './find-packing.js';
import type { NodeCapacity } from './node-capacity.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { pack } from './strategies/pack.js';
import type { Strategy } from './strategies/placement.js';
import { spread } from './strategies/spread.js';
import { strictPack } from './strategies/strict-pack.js';
import { strictSpread } from './strategies/strict-spread.js';

export type { NodeSnapshot } from './node-snapshot.js';

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
  /** The node of each bundle, by the bundle's index. */
  | { readonly kind: 'placed'; readonly nodeIds: readonly NodeId[] }
  /** The bundles fit what the nodes have, but not what nobody holds now. */
  | { readonly kind: 'unavailable' }
  /** The bundles can never fit these nodes, were they empty. */
  | { readonly kind: 'infeasible' };

export interface PlanBundlesOptions {
  /** Nodes left out: for STRICT_SPREAD those that hold other bundles of the same group. */
  readonly excludedNodeIds?: readonly NodeId[];
}

const strategies: Readonly<Record<PlacementStrategy, Strategy>> = {
  PACK: pack,
  SPREAD: spread,
  STRICT_PACK: strictPack,
  STRICT_SPREAD: strictSpread,
};

/**
 * Plans all bundles together. PACK and SPREAD are greedy, as in Ray; where the greedy pass finds nothing, a search for
 * any division follows, so that a group is called infeasible only when there is none. (In the rare case that the search
 * is too long to finish, the group is unavailable.)
 *
 * @param bundles in fixed point, as `validateBundles` returns them.
 * @param nodes that may take work, in any order; ties are settled by node id.
 */
export function planBundles(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  nodes: readonly NodeSnapshot[],
  options: PlanBundlesOptions = {},
): BundlePlan {
  const candidates = nodes
    .filter(({ nodeId }) => !options.excludedNodeIds?.includes(nodeId))
    .sort((left, right) => (left.nodeId < right.nodeId ? -1 : 1));
  const now = searchPlacement(strategy, bundles, candidates.map(toAvailable));
  if (now.kind === 'found') return { kind: 'placed', nodeIds: now.nodeIds };
  const ever = searchPlacement(strategy, bundles, candidates.map(toTotal));
  return { kind: ever.kind === 'impossible' ? 'infeasible' : 'unavailable' };
}

function searchPlacement(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  nodes: readonly NodeCapacity[],
): PackingSearch {
  const nodeIds = strategies[strategy](bundles, nodes);
  if (nodeIds !== undefined) return { kind: 'found', nodeIds };
  const isExact = strategy === 'STRICT_PACK' || strategy === 'STRICT_SPREAD';
  return isExact ? { kind: 'impossible' } : findPacking(bundles, nodes);
}

const toAvailable = ({ nodeId, available }: NodeSnapshot): NodeCapacity => ({ nodeId, free: available });
const toTotal = ({ nodeId, total }: NodeSnapshot): NodeCapacity => ({ nodeId, free: total });
