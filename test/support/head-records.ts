import type { ActorRecord } from '../../head/actors/actor-record.js';
import type { ClusterState } from '../../head/cluster-state.js';
import type { JobRecord } from '../../head/jobs/job-record.js';
import type { NodeRecord } from '../../head/membership/node-record.js';
import type { PlacementGroupRecord } from '../../head/placement/placement-group-record.js';
import {
  type ActorId,
  type JobId,
  type NodeId,
  type PlacementGroupId,
  type Resources,
  toFixedPoint,
} from '../../src/core/index.js';

/** Records of the head's tables, whole but for what a test says; quantities as people write them. */
export function nodeRecord(id: string, total: Resources, change: Partial<NodeRecord> = {}): NodeRecord {
  return {
    nodeId: id as NodeId,
    state: 'ALIVE',
    hostname: `host-${id}`,
    agentAddress: `host-${id}:1`,
    pid: 1,
    isHeadNode: false,
    labels: {},
    isDraining: false,
    total: toFixedPoint(total),
    deathReason: '',
    ...change,
  };
}

export function groupRecord(
  id: string,
  bundles: readonly Resources[],
  nodeIds: readonly (string | undefined)[],
  change: Partial<PlacementGroupRecord> = {},
): PlacementGroupRecord {
  return {
    placementGroupId: id as PlacementGroupId,
    jobId: 'j1' as JobId,
    name: '',
    strategy: 'PACK',
    bundles: bundles.map(toFixedPoint),
    state: 'CREATED',
    nodeIds: nodeIds as (NodeId | undefined)[],
    reason: '',
    createdAtMs: 0,
    ...change,
  };
}

export function actorRecord(id: string, resources: Resources, change: Partial<ActorRecord> = {}): ActorRecord {
  return {
    actorId: id as ActorId,
    jobId: 'j1' as JobId,
    state: 'ALIVE',
    className: 'Worker',
    name: '',
    resources: toFixedPoint(resources),
    bundle: undefined,
    nodeId: undefined,
    address: undefined,
    death: undefined,
    spec: '',
    ...change,
  };
}

export function jobRecord(id: string, change: Partial<JobRecord> = {}): JobRecord {
  return { jobId: id as JobId, state: 'RUNNING', hostname: 'host-d', pid: 9, entrypoint: 'driver.ts', ...change };
}

/** An actor's place in a group. */
export const inBundle = (placementGroupId: string, bundleIndex: number): ActorRecord['bundle'] => ({
  placementGroupId: placementGroupId as PlacementGroupId,
  bundleIndex,
});

export function clusterState(records: {
  readonly nodes?: readonly NodeRecord[];
  readonly groups?: readonly PlacementGroupRecord[];
  readonly actors?: readonly ActorRecord[];
}): ClusterState {
  const { nodes = [], groups = [], actors = [] } = records;
  return {
    nodes: new Map(nodes.map((node) => [node.nodeId, node])),
    placementGroups: new Map(groups.map((group) => [group.placementGroupId, group])),
    actors: new Map(actors.map((actor) => [actor.actorId, actor])),
    jobs: new Map(),
  };
}
