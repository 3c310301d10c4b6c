import { type ActorId, InvalidArgumentError, type JobId, type NodeId, type WorkerId } from '../../src/core/index.js';
import {
  type ActorDeath,
  type ActorSpec,
  type ActorUpdate,
  type ActorView,
  type Draft,
  messageCodec,
  type NamedActor,
  type ActorDeathKind as WireDeathKind,
  type ActorLifeState as WireState,
  type WorkerAddress,
} from '../../src/rpc/index.js';
import type {
  ActorAddressRecord,
  ActorDeathKind,
  ActorDeathRecord,
  ActorRecord,
  ActorState,
} from '../actors/actor-record.js';
import { requireUnits } from './require-units.js';
import { fromWireSchedulingStrategy } from './wire-strategy.js';

const specCodec = messageCodec<ActorSpec>('ActorSpec');
const deathCodec = messageCodec<ActorDeath>('ActorDeath');

const toWireState = (state: ActorState): WireState => `ACTOR_LIFE_STATE_${state}`;

export const toWireDeathKind = (kind: ActorDeathKind): WireDeathKind => `ACTOR_DEATH_KIND_${kind}`;

export function fromWireDeathKind(kind: WireDeathKind): ActorDeathKind {
  return kind === 'ACTOR_DEATH_KIND_UNSPECIFIED'
    ? 'PROCESS_EXITED'
    : (kind.slice('ACTOR_DEATH_KIND_'.length) as ActorDeathKind);
}

/** What an agent says of a death, whole: a worker that was away when it said so is told the same. */
export function fromWireDeath(death: ActorDeath): ActorDeathRecord {
  const report = Buffer.from(deathCodec.encode(death)).toString('base64');
  return { kind: fromWireDeathKind(death.kind), message: death.message, report };
}

export function fromWireAddress(address: WorkerAddress): ActorAddressRecord {
  const { hostname, pid, rpcAddress, gpuIds } = address;
  return {
    nodeId: address.nodeId as NodeId,
    hostname,
    pid,
    rpcAddress,
    workerId: address.workerId as WorkerId,
    gpuIds,
  };
}

export const toWireAddress = (address: ActorAddressRecord | undefined): WorkerAddress | null =>
  address ? { ...address, gpuIds: [...address.gpuIds] } : null;

/** A death that the head itself decided or found out, without a process's report. */
export function toWireDeath(death: ActorDeathRecord, address: ActorAddressRecord | undefined): ActorDeath {
  const { kind, message, report } = death;
  if (report) return deathCodec.decode(Buffer.from(report, 'base64'));
  return {
    kind: toWireDeathKind(kind),
    message,
    exitCode: 0,
    signal: '',
    hostname: address?.hostname ?? '',
    pid: address?.pid ?? 0,
    stderrTail: [],
  };
}

/** @param reported the agent's own word on the death; default: what the record has. */
export function toActorUpdate(actor: ActorRecord, reported?: ActorDeath, pendingReason = ''): Draft<ActorUpdate> {
  const { actorId, state, address, numRestarts, death } = actor;
  return {
    actorId,
    state: toWireState(state),
    address: toWireAddress(address),
    death: reported ?? (death ? toWireDeath(death, address) : null),
    numRestarts,
    pendingReason,
  };
}

/**
 * @param namespace where its name is unique: the spec's, or its job's.
 * @throws {InvalidArgumentError} when ids, amounts or conditions are missing or none.
 */
export function fromActorSpec(spec: ActorSpec, namespace: string, nowMs: number): ActorRecord {
  if (!spec.actorId || !spec.actorClass) throw new InvalidArgumentError('createActor: the actor spec is missing.');
  return {
    actorId: spec.actorId as ActorId,
    jobId: spec.jobId as JobId,
    state: 'PENDING_CREATION',
    className: spec.actorClass.name,
    name: spec.name,
    namespace,
    isDetached: spec.detached,
    ownerWorkerId: (spec.ownerWorkerId || undefined) as WorkerId | undefined,
    resources: requireUnits(spec.resources?.units ?? {}),
    placementResources: requireUnits(spec.placementResources?.units ?? {}),
    ...fromWireSchedulingStrategy(spec.strategy),
    maxRestarts: spec.maxRestarts,
    numRestarts: 0,
    numFreeRestarts: 0,
    nodeId: undefined,
    bundleIndex: undefined,
    address: undefined,
    endedWorkerIds: [],
    death: undefined,
    ending: undefined,
    createdAtMs: nowMs,
    stateSinceMs: nowMs,
    startedAtMs: 0,
    spec: Buffer.from(specCodec.encode(spec)).toString('base64'),
  };
}

export const specOf = ({ spec }: ActorRecord): ActorSpec => specCodec.decode(Buffer.from(spec, 'base64'));

/** What a handle needs to know of an actor that another program made. */
export function toNamedActor(actor: ActorRecord): Draft<NamedActor> {
  const { maxTaskRetries, streamingMethods, maxPendingCalls } = specOf(actor);
  return { actorId: actor.actorId, className: actor.className, maxTaskRetries, streamingMethods, maxPendingCalls };
}

export function toActorView(actor: ActorRecord, pendingReason: string): Draft<ActorView> {
  const { actorId, className, name, jobId, namespace, isDetached, maxRestarts, numRestarts, death, address } = actor;
  return {
    actorId,
    className,
    name,
    jobId,
    namespace,
    detached: isDetached,
    maxRestarts,
    numRestarts,
    pendingReason,
    state: toWireState(actor.state),
    address: toWireAddress(address),
    deathMessage: actor.state === 'DEAD' ? (death?.message ?? '') : '',
    death: death ? toWireDeath(death, address) : null,
    resources: { units: actor.resources },
    placementGroupId: actor.bundle?.placementGroupId ?? '',
    bundleIndex: actor.bundleIndex ?? actor.bundle?.bundleIndex ?? -1,
    startTimeMs: actor.startedAtMs,
    endTimeMs: actor.state === 'DEAD' ? actor.stateSinceMs : 0,
  };
}
