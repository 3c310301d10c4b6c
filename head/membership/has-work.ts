import type { NodeId } from '../../src/core/index.js';
import type { ClusterState } from '../cluster-state.js';

/** True while actors or bundles are on the node. */
export function hasWork(state: ClusterState, nodeId: NodeId): boolean {
  const hasActor = [...state.actors.values()].some((actor) => actor.state !== 'DEAD' && actor.nodeId === nodeId);
  if (hasActor) return true;
  return [...state.placementGroups.values()].some(
    (group) => group.state !== 'REMOVED' && group.nodeIds.includes(nodeId),
  );
}
