import { addResources, fits, type NodeId, type Resources, subtractResources } from '../../src/core/index.js';
import type { ActorRecord } from '../actors/actor-record.js';
import type { ClusterState } from '../cluster-state.js';
import type { PlacementGroupRecord } from './placement-group-record.js';
import type { NodeSnapshot } from './plan-bundles.js';

/**
 * What the tables say is in use where. Derived on every look instead of kept: there is no second count that could drift
 * from the records.
 */

const holdsResources = (actor: ActorRecord): boolean => actor.state !== 'DEAD' && actor.nodeId !== undefined;

/** The living nodes with what is free on each: not in a bundle and not held by an actor outside the groups. */
export function nodeSnapshots(state: ClusterState): NodeSnapshot[] {
  const available = new Map<NodeId, Resources>();
  for (const node of state.nodes.values()) if (node.state === 'ALIVE') available.set(node.nodeId, node.total);
  const take = (nodeId: NodeId | undefined, resources: Resources): void => {
    const left = nodeId && available.get(nodeId);
    if (nodeId && left) available.set(nodeId, subtractResources(left, resources));
  };
  for (const group of state.placementGroups.values()) {
    if (group.state === 'REMOVED') continue;
    for (const [index, nodeId] of group.nodeIds.entries()) take(nodeId, group.bundles[index] ?? {});
  }
  for (const actor of state.actors.values()) {
    if (!actor.bundle && holdsResources(actor)) take(actor.nodeId, actor.resources);
  }
  return [...available].map(([nodeId, left]) => {
    const node = state.nodes.get(nodeId)!;
    return { nodeId, address: node.hostname, total: node.total, available: left };
  });
}

/** What each holder on a node holds, for the tables in messages. */
export function describeHolders(state: ClusterState, nodeId: NodeId): { holder: string; resources: Resources }[] {
  const groups = [...state.placementGroups.values()]
    .filter((group) => group.state !== 'REMOVED' && group.nodeIds.includes(nodeId))
    .map((group) => ({
      holder: `placement group ${group.name || group.placementGroupId.slice(0, 8)}`,
      resources: group.bundles.filter((_, index) => group.nodeIds[index] === nodeId).reduce(addResources, {}),
    }));
  const actors = [...state.actors.values()]
    .filter((actor) => !actor.bundle && actor.nodeId === nodeId && holdsResources(actor))
    .map((actor) => ({
      holder: `actor ${actor.className} ${actor.actorId.slice(0, 8)}`,
      resources: actor.resources,
    }));
  return [...groups, ...actors];
}

/** What is left of a bundle beside the actors that are in it by index. */
function bundleAvailable(state: ClusterState, group: PlacementGroupRecord, bundleIndex: number): Resources {
  let left = group.bundles[bundleIndex] ?? {};
  for (const actor of state.actors.values()) {
    if (actor.bundle?.placementGroupId !== group.placementGroupId || !holdsResources(actor)) continue;
    if (actor.bundle.bundleIndex === bundleIndex) left = subtractResources(left, actor.resources);
  }
  return left;
}

/** The bundle that an actor of the group goes to now: the one it names, or for -1 the first one with room. */
export function chooseBundle(
  state: ClusterState,
  group: PlacementGroupRecord,
  actor: Pick<ActorRecord, 'resources' | 'bundle'>,
): number | undefined {
  const asked = actor.bundle?.bundleIndex ?? -1;
  const candidates = asked >= 0 ? [asked] : [...group.bundles.keys()];
  return candidates.find(
    (index) => group.nodeIds[index] !== undefined && fits(actor.resources, bundleAvailable(state, group, index)),
  );
}
