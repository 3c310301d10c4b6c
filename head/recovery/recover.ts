import type { JobId, NodeId } from '../../src/core/index.js';
import type { ClusterState } from '../cluster-state.js';
import type { NodeRecord } from '../membership/node-record.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { StoredTables } from './read-tables.js';

/** With what a head goes on that found the records of an earlier one, and what the earlier one had not finished. */
export interface Recovery {
  /** Nodes are AWAITED: their agents come back by themselves, or the nodes are dead at the end of the lease. */
  readonly state: ClusterState;
  /** Jobs whose drivers are to come back, or are over at the end of the lease. */
  readonly awaitedJobIds: readonly JobId[];
  /** Jobs that were over, but not all that they owned was ended. */
  readonly unfinishedJobIds: readonly JobId[];
  /** Nodes that had died, but not all that was on them was told so. */
  readonly unburiedNodeIds: readonly NodeId[];
}

/**
 * Reads what the records say about a cluster whose head was away. Nothing is decided about nodes and drivers: who is alive
 * shows in who comes back. A reservation that was on its way is void; what nodes hold of it they tell, and give back.
 */
export function recover(tables: StoredTables): Recovery {
  const { actors, jobs } = tables;
  const nodes = tables.nodes.filter(({ state }) => state !== 'DEAD').map(toAwaited);
  const groups = tables.placementGroups.filter(({ state }) => state !== 'REMOVED').map(withoutReservation);
  const living = actors.filter(({ state }) => state !== 'DEAD');
  const running = jobs.filter(({ state }) => state === 'RUNNING');
  const owned = [...groups, ...living].filter(({ isDetached }) => !isDetached).map(({ jobId }) => jobId);
  const used = [...groups.flatMap(({ nodeIds }) => nodeIds), ...living.map(({ nodeId }) => nodeId)];
  return {
    state: {
      nodes: new Map(nodes.map((node) => [node.nodeId, node])),
      placementGroups: new Map(groups.map((group) => [group.placementGroupId, group])),
      actors: new Map(living.map((actor) => [actor.actorId, actor])),
      jobs: new Map(running.map((job) => [job.jobId, job])),
    },
    awaitedJobIds: running.map(({ jobId }) => jobId),
    unfinishedJobIds: without(
      owned,
      running.map(({ jobId }) => jobId),
    ),
    unburiedNodeIds: without(
      used.filter((nodeId) => nodeId !== undefined),
      nodes.map(({ nodeId }) => nodeId),
    ),
  };
}

const toAwaited = (node: NodeRecord): NodeRecord => ({ ...node, state: 'AWAITED' });

/** A group that had no bundle yet has none now, whatever nodes were being asked. */
function withoutReservation(group: PlacementGroupRecord): PlacementGroupRecord {
  if (group.state !== 'PENDING') return group;
  return { ...group, nodeIds: group.bundles.map(() => undefined), gpuIds: group.bundles.map(() => undefined) };
}

const without = <Id>(ids: readonly Id[], known: readonly Id[]): Id[] => {
  const left = new Set(ids);
  for (const id of known) left.delete(id);
  return [...left];
};
