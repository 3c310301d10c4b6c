import type { ActorId, JobId, NodeId, PlacementGroupId, WorkerId } from '../../src/core/index.js';
import type {
  ActorDeath,
  ActorSpec,
  ActorUpdate,
  ActorView,
  Draft,
  JobView,
  NodeView,
  PlacementGroupUpdate,
  PlacementGroupView,
  WorkerAddress as WireActorAddress,
  ActorDeathKind as WireActorDeathKind,
  ActorLifeState as WireActorState,
  PlacementGroupState as WirePlacementGroupState,
  PlacementStrategy as WirePlacementStrategy,
} from '../../src/rpc/index.js';
import type { ActorDeathKind, ActorRecord, ActorState } from '../actors/actor-record.js';
import type { JobRecord } from '../jobs/job-record.js';
import type { NodeRecord } from '../membership/node-record.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { PlacementGroupState } from '../placement/placement-group-state.js';
import type { NodeSnapshot, PlacementStrategy } from '../placement/plan-bundles.js';

/** The head's records in their wire form and back; the only place where the two meet. */

const actorStates = {
  PENDING_CREATION: 'ACTOR_LIFE_STATE_PENDING_CREATION',
  ALIVE: 'ACTOR_LIFE_STATE_ALIVE',
  DEAD: 'ACTOR_LIFE_STATE_DEAD',
} as const satisfies Record<ActorState, WireActorState>;

const placementGroupStates = {
  PENDING: 'PLACEMENT_GROUP_STATE_PENDING',
  PREPARED: 'PLACEMENT_GROUP_STATE_PREPARED',
  CREATED: 'PLACEMENT_GROUP_STATE_CREATED',
  RESCHEDULING: 'PLACEMENT_GROUP_STATE_RESCHEDULING',
  REMOVED: 'PLACEMENT_GROUP_STATE_REMOVED',
} as const satisfies Record<PlacementGroupState, WirePlacementGroupState>;

const strategies = {
  PACK: 'PLACEMENT_STRATEGY_PACK',
  SPREAD: 'PLACEMENT_STRATEGY_SPREAD',
  STRICT_PACK: 'PLACEMENT_STRATEGY_STRICT_PACK',
  STRICT_SPREAD: 'PLACEMENT_STRATEGY_STRICT_SPREAD',
} as const satisfies Record<PlacementStrategy, WirePlacementStrategy>;

export const toWireDeathKind = (kind: ActorDeathKind): WireActorDeathKind => `ACTOR_DEATH_KIND_${kind}`;

export function fromWireDeathKind(kind: WireActorDeathKind): ActorDeathKind {
  return kind === 'ACTOR_DEATH_KIND_UNSPECIFIED'
    ? 'PROCESS_EXITED'
    : (kind.slice('ACTOR_DEATH_KIND_'.length) as ActorDeathKind);
}

/** Undefined for a value that this version does not know. */
export function fromWireStrategy(wire: WirePlacementStrategy): PlacementStrategy | undefined {
  return (Object.keys(strategies) as PlacementStrategy[]).find((strategy) => strategies[strategy] === wire);
}

export function fromWireAddress(address: WireActorAddress): NonNullable<ActorRecord['address']> {
  return { ...address, nodeId: address.nodeId as NodeId, workerId: address.workerId as WorkerId };
}

/** A death that the head itself decided, without a process's report. */
function deathOf(actor: ActorRecord): ActorDeath | null {
  if (!actor.death) return null;
  return {
    kind: toWireDeathKind(actor.death.kind),
    message: actor.death.message,
    exitCode: 0,
    signal: '',
    hostname: actor.address?.hostname ?? '',
    pid: actor.address?.pid ?? 0,
    stderrTail: [],
  };
}

export function toActorUpdate(actor: ActorRecord, death: ActorDeath | null = deathOf(actor)): Draft<ActorUpdate> {
  return {
    actorId: actor.actorId,
    state: actorStates[actor.state],
    address: actor.address ? { ...actor.address, gpuIds: [...actor.address.gpuIds] } : null,
    death,
  };
}

export function toPlacementGroupUpdate(group: PlacementGroupRecord): PlacementGroupUpdate {
  const { placementGroupId, reason } = group;
  return {
    placementGroupId,
    reason,
    state: placementGroupStates[group.state],
    nodeIds: group.nodeIds.map((nodeId) => nodeId ?? ''),
  };
}

export function fromActorSpec(spec: ActorSpec, encoded: Uint8Array): ActorRecord {
  const className = spec.actorClass?.name ?? '';
  const bundle = spec.strategy?.bundle;
  return {
    actorId: spec.actorId as ActorId,
    jobId: spec.jobId as JobId,
    state: 'PENDING_CREATION',
    className,
    name: spec.name,
    resources: spec.resources?.units ?? {},
    bundle: bundle
      ? { placementGroupId: bundle.placementGroupId as PlacementGroupId, bundleIndex: bundle.bundleIndex }
      : undefined,
    nodeId: undefined,
    address: undefined,
    death: undefined,
    spec: Buffer.from(encoded).toString('base64'),
  };
}

export function toNodeView(node: NodeRecord, snapshot: NodeSnapshot | undefined): Draft<NodeView> {
  const { nodeId, hostname, agentAddress, pid, isHeadNode, deathReason } = node;
  return {
    nodeId,
    hostname,
    agentAddress,
    pid,
    isHeadNode,
    deathReason,
    state: node.state === 'ALIVE' ? 'NODE_LIFE_STATE_ALIVE' : 'NODE_LIFE_STATE_DEAD',
    total: { units: node.total },
    available: { units: snapshot?.available ?? {} },
  };
}

export function toPlacementGroupView(group: PlacementGroupRecord, nowMs: number): Draft<PlacementGroupView> {
  const { placementGroupId, name, reason, jobId } = group;
  return {
    placementGroupId,
    name,
    reason,
    jobId,
    strategy: strategies[group.strategy],
    state: placementGroupStates[group.state],
    bundles: group.bundles.map((units) => ({ units })),
    nodeIds: group.nodeIds.map((nodeId) => nodeId ?? ''),
    ageMs: nowMs - group.createdAtMs,
  };
}

export function toActorView(actor: ActorRecord): Draft<ActorView> {
  const { actorId, className, name, jobId } = actor;
  return {
    actorId,
    className,
    name,
    jobId,
    state: actorStates[actor.state],
    address: actor.address ? { ...actor.address, gpuIds: [...actor.address.gpuIds] } : null,
    deathMessage: actor.death?.message ?? '',
    resources: { units: actor.resources },
    placementGroupId: actor.bundle?.placementGroupId ?? '',
    bundleIndex: actor.bundle?.bundleIndex ?? -1,
  };
}

export function toJobView(job: JobRecord): Draft<JobView> {
  const { jobId, hostname, pid, entrypoint } = job;
  return { jobId, hostname, pid, entrypoint, alive: job.state === 'RUNNING' };
}
