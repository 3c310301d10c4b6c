/**
 * Two groups that have each lost a bundle, and of which each holds what the other needs, would wait for one another for
 * ever. Then one of them gives up what it has left, so that the other becomes whole.
 *
 * Why this ends: every exchange takes at least two groups out of those that hold bundles and wait for more. One is whole
 * again, the others hold nothing; only the death of another node adds to them. And while an exchange would help any group,
 * there is one.
 */
import type { NodeId, PlacementGroupId, ResourcePool } from '../../src/core/index.js';
import { withReturned } from './claims.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { type BundleSet, planBundles } from './plan-bundles.js';

/** How long half-lost groups wait for room to come by itself, before one gives up what it has. */
export const GIVE_UP_AFTER_MS = 10_000;

/** A group that lost bundles and still has some. */
export interface HalfLostGroup {
  readonly placementGroupId: PlacementGroupId;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
  /** What it needs to be whole. */
  readonly missing: BundleSet;
  /** What it would give back, by node. */
  readonly left: readonly { readonly nodeId: NodeId; readonly resources: ResourcePool }[];
  /** The actors and tasks in what it has left: they would end. */
  readonly numUsers: number;
}

export interface Exchange {
  readonly winnerId: PlacementGroupId;
  readonly loserIds: readonly PlacementGroupId[];
}

/**
 * The exchange that ends the fewest actors and tasks, of equals the one for the oldest group; undefined when no group
 * becomes whole by what the others could give back.
 *
 * @param groups those that have waited {@link GIVE_UP_AFTER_MS}.
 * @param nodes that may take work.
 */
export function settleHalfLost(groups: readonly HalfLostGroup[], nodes: readonly NodeSnapshot[]): Exchange | undefined {
  const byAge = [...groups].sort((left, right) => left.createdAtMs - right.createdAtMs);
  const exchanges = byAge.flatMap((winner) => {
    const losers = findLosers(winner, byAge, nodes);
    return losers.length === 0 ? [] : [{ winner, losers, cost: sumUsers(losers) }];
  });
  const [best] = exchanges.sort((left, right) => left.cost - right.cost);
  return (
    best && {
      winnerId: best.winner.placementGroupId,
      loserIds: best.losers.map(({ placementGroupId }) => placementGroupId),
    }
  );
}

/** As few as make the winner whole: those that the fewest use first, of equals the youngest; then without who is not needed. */
function findLosers(
  winner: HalfLostGroup,
  byAge: readonly HalfLostGroup[],
  nodes: readonly NodeSnapshot[],
): readonly HalfLostGroup[] {
  const others = byAge.filter((group) => group !== winner).reverse();
  let losers: HalfLostGroup[] = [];
  for (const other of others.sort((left, right) => left.numUsers - right.numUsers)) {
    losers.push(other);
    if (becomesWhole(winner, losers, nodes)) break;
  }
  if (!becomesWhole(winner, losers, nodes)) return [];
  for (const loser of [...losers].reverse()) {
    const fewer = losers.filter((group) => group !== loser);
    if (becomesWhole(winner, fewer, nodes)) losers = fewer;
  }
  return losers;
}

function becomesWhole(
  winner: HalfLostGroup,
  losers: readonly HalfLostGroup[],
  nodes: readonly NodeSnapshot[],
): boolean {
  const given = losers.flatMap(({ left }) => left);
  const freed = nodes.map((node) =>
    withReturned(
      node,
      given.filter(({ nodeId }) => nodeId === node.nodeId).map(({ resources }) => resources),
    ),
  );
  return planBundles(winner.missing, freed).kind === 'placed';
}

const sumUsers = (groups: readonly HalfLostGroup[]): number => groups.reduce((sum, { numUsers }) => sum + numUsers, 0);
