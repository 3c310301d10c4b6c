import { fromFixedPoint } from '../../core/index.js';
import type {
  ActorView,
  GetClusterStateResponse,
  JobView,
  LeaseView,
  NodeView,
  PlacementGroupView,
  Resources,
} from '../../rpc/index.js';
import { ipOf } from '../node-ip.js';
import type { StateRow, StateTable } from './state-row.js';

/** The head's tables as rows, with Ray's column names. */

export function actorTable({ actors }: GetClusterStateResponse): StateTable {
  return {
    columns: ['actor_id', 'class_name', 'state', 'job_id', 'name', 'node_id', 'pid', 'ray_namespace'],
    idColumn: 'actor_id',
    rows: actors.map(actorRow),
    warnings: [],
  };
}

export function nodeTable({ nodes }: GetClusterStateResponse): StateTable {
  return {
    columns: ['node_id', 'node_ip', 'is_head_node', 'state', 'node_name', 'resources_total', 'labels'],
    idColumn: 'node_id',
    rows: nodes.map(nodeRow),
    warnings: [],
  };
}

export function placementGroupTable({ placementGroups }: GetClusterStateResponse): StateTable {
  return {
    columns: ['placement_group_id', 'name', 'creator_job_id', 'state', 'waiting_for'],
    idColumn: 'placement_group_id',
    rows: placementGroups.map(placementGroupRow),
    warnings: [],
  };
}

export function jobTable({ jobs }: GetClusterStateResponse): StateTable {
  return {
    columns: ['job_id', 'submission_id', 'status', 'entrypoint', 'driver'],
    idColumn: 'job_id',
    rows: jobs.map(jobRow),
    warnings: [],
  };
}

/** Every process that runs user code: drivers, actors, and the workers leased for tasks. */
export function workerTable({ actors, leases, jobs, nodes }: GetClusterStateResponse): StateTable {
  const ips = new Map(nodes.map((node) => [node.nodeId, ipOf(node)]));
  const ofActors = actors.flatMap((actor) =>
    actor.address ? [workerRow('ACTOR', actor.address, actor.state !== DEAD, actor.jobId, actor.className)] : [],
  );
  const ofLeases = leases.flatMap((lease) =>
    lease.address ? [workerRow('TASK', lease.address, true, lease.jobId, lease.name)] : [],
  );
  const drivers = jobs.map(driverRow);
  return {
    columns: ['worker_id', 'worker_type', 'is_alive', 'node_id', 'ip', 'pid', 'job_id', 'runs'],
    idColumn: 'worker_id',
    rows: [...drivers, ...ofActors, ...ofLeases].map((row) => ({ ...row, ip: ips.get(String(row['node_id'])) ?? '' })),
    warnings: [],
  };
}

const DEAD = 'ACTOR_LIFE_STATE_DEAD';

function actorRow(actor: ActorView): StateRow {
  return {
    actor_id: actor.actorId,
    class_name: actor.className,
    state: actor.state.slice('ACTOR_LIFE_STATE_'.length),
    job_id: actor.jobId,
    name: actor.name,
    node_id: actor.address?.nodeId ?? '',
    pid: actor.address?.pid ?? 0,
    worker_id: actor.address?.workerId ?? '',
    ray_namespace: actor.namespace,
    waiting_for: actor.pendingReason,
    required_resources: quantities(actor.resources),
    death_cause: actor.deathMessage,
    exit_code: actor.death?.exitCode ?? null,
    exit_signal: actor.death?.signal ?? '',
    is_detached: actor.detached,
    placement_group_id: actor.placementGroupId,
    max_restarts: actor.maxRestarts,
    num_restarts: actor.numRestarts,
    start_time: timeOf(actor.startTimeMs),
    end_time: timeOf(actor.endTimeMs),
  };
}

function nodeRow(node: NodeView): StateRow {
  return {
    node_id: node.nodeId,
    node_ip: ipOf(node),
    is_head_node: node.isHeadNode,
    state: node.draining ? 'DRAINING' : node.state.slice('NODE_LIFE_STATE_'.length),
    node_name: node.nodeName,
    resources_total: quantities(node.total),
    labels: { ...node.labels },
    hostname: node.hostname,
    agent_address: node.agentAddress,
    agent_pid: node.pid,
    resources_available: quantities(node.available),
    object_store_memory: node.objectStoreBytes,
    clock_skew_ms: node.clockSkewMs,
    state_message: node.deathReason,
    start_time: timeOf(node.startTimeMs),
    end_time: timeOf(node.endTimeMs),
  };
}

function placementGroupRow(group: PlacementGroupView): StateRow {
  const bundles = group.bundles.map((bundle, index) => ({
    bundle_index: index,
    resources: quantities(bundle),
    node_id: group.nodeIds[index] ?? '',
    label_selector: { ...group.bundleLabelSelector[index]?.terms },
  }));
  return {
    placement_group_id: group.placementGroupId,
    name: group.name,
    creator_job_id: group.jobId,
    state: group.state.slice('PLACEMENT_GROUP_STATE_'.length),
    waiting_for: group.reason,
    state_since: timeOf(group.stateSinceMs),
    age_seconds: Math.round(group.ageMs / 100) / 10,
    strategy: group.strategy.slice('PLACEMENT_STRATEGY_'.length),
    ray_namespace: group.namespace,
    is_detached: group.detached,
    bundles,
  };
}

function jobRow(job: JobView): StateRow {
  return {
    job_id: job.jobId,
    submission_id: job.submissionId,
    status: job.alive ? 'RUNNING' : 'FINISHED',
    entrypoint: job.entrypoint,
    driver: `pid ${job.pid} on ${job.hostname}`,
    ray_namespace: job.namespace,
    start_time: timeOf(job.startTimeMs),
    end_time: timeOf(job.endTimeMs),
  };
}

function workerRow(
  type: string,
  address: NonNullable<LeaseView['address']>,
  isAlive: boolean,
  jobId: string,
  runs: string,
): StateRow {
  const { workerId, nodeId, pid, hostname, rpcAddress, gpuIds } = address;
  return {
    worker_id: workerId,
    worker_type: type,
    is_alive: isAlive,
    node_id: nodeId,
    pid,
    job_id: jobId,
    runs,
    hostname,
    rpc_address: rpcAddress,
    gpu_ids: [...gpuIds],
  };
}

const driverRow = (job: JobView): StateRow => ({
  worker_id: '',
  worker_type: 'DRIVER',
  is_alive: job.alive,
  node_id: '',
  pid: job.pid,
  job_id: job.jobId,
  runs: job.entrypoint,
  hostname: job.hostname,
});

const quantities = (resources: Resources | null | undefined): Readonly<Record<string, number>> =>
  fromFixedPoint(resources?.units ?? {});

/** ISO 8601; empty for a time that has not come. */
const timeOf = (unixMs: number): string => (unixMs > 0 ? new Date(unixMs).toISOString() : '');
