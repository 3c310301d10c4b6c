import type { ActorRecord } from '../../head/actors/actor-record.js';
import type { ClusterState, WatchableClusterState } from '../../head/cluster-state.js';
import type { JobRecord } from '../../head/jobs/job-record.js';
import type { LeaseRecord } from '../../head/leases/lease-record.js';
import type { NodeRecord } from '../../head/membership/node-record.js';
import type { NodeRequest } from '../../head/placement/node-request.js';
import type { PlacementGroupRecord } from '../../head/placement/placement-group-record.js';
import {
  type ActorId,
  type JobId,
  type LeaseId,
  type NodeId,
  type PlacementGroupId,
  type Resources,
  toFixedPoint,
  type WorkerId,
} from '../../src/core/index.js';

/** Records of the head's tables, whole but for what a test says; quantities as people write them. */
export function nodeRecord(id: string, total: Resources, change: Partial<NodeRecord> = {}): NodeRecord {
  return {
    nodeId: id as NodeId,
    state: 'ALIVE',
    hostname: `host-${id}`,
    nodeName: `name-${id}`,
    agentAddress: `host-${id}:1`,
    pid: 1,
    isHeadNode: false,
    labels: {},
    isDraining: false,
    total: toFixedPoint(total),
    deathReason: '',
    objectStoreBytes: 0,
    startedAtMs: 0,
    endedAtMs: 0,
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
    namespace: 'j1',
    isDetached: false,
    creatorActorId: undefined,
    strategy: 'PACK',
    bundles: bundles.map(toFixedPoint),
    labelSelectors: [],
    softTargetNodeId: undefined,
    state: 'CREATED',
    nodeIds: nodeIds as (NodeId | undefined)[],
    gpuIds: nodeIds.map(() => undefined),
    reason: '',
    createdAtMs: 0,
    stateSinceMs: 0,
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
    namespace: 'j1',
    isDetached: false,
    ownerWorkerId: undefined,
    resources: toFixedPoint(resources),
    placementResources: {},
    strategy: { kind: 'DEFAULT' },
    labelSelectors: [{}],
    bundle: undefined,
    maxRestarts: 0,
    numRestarts: 0,
    numFreeRestarts: 0,
    nodeId: undefined,
    bundleIndex: undefined,
    address: undefined,
    endedWorkerIds: [],
    death: undefined,
    ending: undefined,
    createdAtMs: 0,
    stateSinceMs: 0,
    startedAtMs: 0,
    spec: '',
    ...change,
  };
}

export function leaseRecord(id: string, resources: Resources, change: Partial<LeaseRecord> = {}): LeaseRecord {
  const units = toFixedPoint(resources);
  return {
    leaseId: id as LeaseId,
    jobId: 'j1' as JobId,
    holderWorkerId: 'w1' as WorkerId,
    state: 'PENDING',
    name: 'work',
    request: nodeRequest(resources),
    bundle: undefined,
    held: units,
    nodeId: undefined,
    bundleIndex: undefined,
    address: undefined,
    requestedAtMs: 0,
    grantedAtMs: 0,
    runtimeEnv: '',
    ...change,
  };
}

/** What an actor or a task wants of a node, anywhere unless the test says otherwise. */
export const nodeRequest = (resources: Resources, change: Partial<NodeRequest> = {}): NodeRequest => ({
  resources: toFixedPoint(resources),
  strategy: { kind: 'DEFAULT' },
  labelSelectors: [{}],
  ...change,
});

export function jobRecord(id: string, change: Partial<JobRecord> = {}): JobRecord {
  return {
    jobId: id as JobId,
    state: 'RUNNING',
    driverWorkerId: `driver-${id}` as WorkerId,
    namespace: id,
    hostname: 'host-d',
    pid: 9,
    entrypoint: 'driver.ts',
    submissionId: '',
    logToDriver: false,
    startedAtMs: 0,
    endedAtMs: 0,
    ...change,
  };
}

/** Where a worker is, for a test that only needs to tell workers apart. */
export const addressOf = (workerId: string, nodeId: string, gpuIds: readonly string[] = []) => ({
  nodeId: nodeId as NodeId,
  hostname: `host-${nodeId}`,
  pid: 7,
  rpcAddress: `host-${nodeId}:2`,
  workerId: workerId as WorkerId,
  gpuIds,
});

/** An actor's place in a group. */
export const inBundle = (placementGroupId: string, bundleIndex: number): NonNullable<ActorRecord['bundle']> => ({
  placementGroupId: placementGroupId as PlacementGroupId,
  bundleIndex,
});

/** Tables that stay as they are. */
export function clusterState(records: {
  readonly nodes?: readonly NodeRecord[];
  readonly groups?: readonly PlacementGroupRecord[];
  readonly actors?: readonly ActorRecord[];
}): ClusterState & WatchableClusterState {
  const { nodes = [], groups = [], actors = [] } = records;
  return {
    nodes: new Map(nodes.map((node) => [node.nodeId, node])),
    placementGroups: new Map(groups.map((group) => [group.placementGroupId, group])),
    actors: new Map(actors.map((actor) => [actor.actorId, actor])),
    jobs: new Map(),
    watch: () => undefined,
  };
}
