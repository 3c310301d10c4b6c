/**
 * Keeps small work from starving large work: who has waited long claims the room that it will take as soon as the leases
 * there have ended, and whoever asked later does not get that room meanwhile.
 */
import {
  addResources,
  type NodeId,
  type ResourcePool,
  type Resources,
  returnToPool,
  sumPool,
  UNITS_PER_GPU,
} from '../../src/core/index.js';
import { availablePool, type NodeSnapshot } from './node-snapshot.js';

/** After this wait a request claims room. */
export const STARVING_MS = 10_000;
/** Claims are made for the oldest only: those behind them wait for room that is claimed already. */
const MAX_CLAIMS = 8;

/** Somebody who has waited long. */
export interface Claimant {
  readonly id: string;
  /** For people: "actor Trainer 1a2b3c4d". */
  readonly name: string;
  /** Unix milliseconds: who asked later yields to it. */
  readonly sinceMs: number;
  /** What it would take on which nodes; undefined when it has no place there. */
  readonly plan: (nodes: readonly NodeSnapshot[]) => ReadonlyMap<NodeId, Resources> | undefined;
}

/** Room on nodes that others leave alone. */
export interface Claim extends Pick<Claimant, 'id' | 'name' | 'sinceMs'> {
  readonly byNode: ReadonlyMap<NodeId, Resources>;
}

/**
 * The claims of the longest waiting, oldest first. One that has no place even with all leases returned claims nothing:
 * what it waits for may be held for ever.
 *
 * @param leased what leases hold of each node: it comes back soon.
 */
export function planClaims(
  claimants: readonly Claimant[],
  nodes: readonly NodeSnapshot[],
  leased: (nodeId: NodeId) => readonly ResourcePool[],
): Claim[] {
  const claims: Claim[] = [];
  const drained = nodes.map((node) => withReturned(node, leased(node.nodeId)));
  const inOrder = [...claimants].sort((left, right) => left.sinceMs - right.sinceMs);
  for (const { id, name, sinceMs, plan } of inOrder.slice(0, MAX_CLAIMS)) {
    const byNode = plan(withoutClaims(drained, claims));
    if (byNode !== undefined) claims.push({ id, name, sinceMs, byNode });
  }
  return claims;
}

/** The claims that a request yields to. */
export function claimsBefore(claims: readonly Claim[], id: string, sinceMs: number): readonly Claim[] {
  return claims.filter((claim) => claim.id !== id && claim.sinceMs < sinceMs);
}

/** The nodes with what is claimed taken off what is available. */
export function withoutClaims(nodes: readonly NodeSnapshot[], claims: readonly Claim[]): readonly NodeSnapshot[] {
  if (claims.length === 0) return nodes;
  return nodes.map((node) => {
    const claimed = claims.map(({ byNode }) => byNode.get(node.nodeId)).filter((resources) => resources !== undefined);
    return claimed.length === 0 ? node : withPool(node, takeOff(availablePool(node), claimed.reduce(addResources)));
  });
}

/** The node with what these had of it back. */
export function withReturned(node: NodeSnapshot, returned: readonly ResourcePool[]): NodeSnapshot {
  return returned.length === 0 ? node : withPool(node, returned.reduce(returnToPool, availablePool(node)));
}

function withPool(node: NodeSnapshot, pool: ResourcePool): NodeSnapshot {
  return { ...node, available: sumPool(pool), gpus: pool.gpus };
}

/** Takes as much as there is. GPUs are taken from the fullest on, so that of each GPU little is left over. */
function takeOff(pool: ResourcePool, { GPU: units = 0, ...claimed }: Resources): ResourcePool {
  const amounts = Object.entries(pool.amounts).map(([name, free]) => [name, Math.max(0, free - (claimed[name] ?? 0))]);
  let left = units;
  const gpus = [...pool.gpus]
    .sort((a, b) => b.units - a.units)
    .map(({ gpuId, units: free }) => {
      const taken = Math.min(free, left, UNITS_PER_GPU);
      left -= taken;
      return { gpuId, units: free - taken };
    });
  return { amounts: Object.fromEntries(amounts), gpus };
}
