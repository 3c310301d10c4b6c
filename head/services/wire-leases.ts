import type { JobId, LeaseId, NodeId, PlacementGroupId, WorkerId } from '../../src/core/index.js';
import {
  type ActorDeath,
  type Draft,
  fromErrorDetail,
  type HeldLease,
  type LeaseRequest,
  type LeaseUpdate,
  type LeaseView,
  type LeaseWorkerResponse,
  messageCodec,
  type RuntimeEnv,
  toErrorDetail,
} from '../../src/rpc/index.js';
import type { LeaseAnswer, LeaseNews } from '../leases/lease-host.js';
import type { LeaseIdentity, LeaseRecord } from '../leases/lease-record.js';
import { requireUnits } from './require-units.js';
import { fromWireAddress, toWireAddress } from './wire-actors.js';
import { fromWireSchedulingStrategy } from './wire-strategy.js';

const envCodec = messageCodec<RuntimeEnv>('RuntimeEnv');

/** @throws {InvalidArgumentError} for an amount or a condition that is none. */
export function fromLeaseRequest(wire: LeaseRequest, holderWorkerId: WorkerId, nowMs: number): LeaseRecord {
  const { strategy, labelSelectors, bundle } = fromWireSchedulingStrategy(wire.strategy);
  const resources = requireUnits(wire.resources?.units ?? {});
  return {
    leaseId: wire.leaseId as LeaseId,
    jobId: wire.jobId as JobId,
    holderWorkerId,
    state: 'PENDING',
    name: wire.name,
    request: { resources, strategy, labelSelectors, locality: wire.locality },
    bundle,
    held: resources,
    nodeId: undefined,
    bundleIndex: undefined,
    address: undefined,
    requestedAtMs: nowMs,
    grantedAtMs: 0,
    runtimeEnv: wire.runtimeEnv ? Buffer.from(envCodec.encode(wire.runtimeEnv)).toString('base64') : '',
  };
}

/** A lease that an agent holds and the head does not know: what it was asked with is not known any more. */
export function fromHeldLease(wire: HeldLease, nodeId: NodeId, nowMs: number): LeaseRecord {
  const held = wire.resources?.units ?? {};
  const placementGroupId = wire.placementGroupId as PlacementGroupId;
  return {
    leaseId: wire.leaseId as LeaseId,
    jobId: wire.jobId as JobId,
    holderWorkerId: wire.holderWorkerId as WorkerId,
    state: 'GRANTED',
    name: '',
    request: { resources: held, strategy: { kind: 'DEFAULT' }, labelSelectors: [{}] },
    bundle: placementGroupId ? { placementGroupId, bundleIndex: wire.bundleIndex } : undefined,
    held,
    nodeId,
    bundleIndex: placementGroupId ? wire.bundleIndex : undefined,
    address: wire.address ? { ...fromWireAddress(wire.address), nodeId } : undefined,
    requestedAtMs: nowMs,
    grantedAtMs: nowMs,
    runtimeEnv: '',
  };
}

export const runtimeEnvOf = ({ runtimeEnv }: LeaseRecord): RuntimeEnv | null =>
  runtimeEnv === '' ? null : envCodec.decode(Buffer.from(runtimeEnv, 'base64'));

export function fromLeaseAnswer({ leased, address, error }: LeaseWorkerResponse, nodeId: NodeId): LeaseAnswer {
  if (error) return { kind: 'failed', error: fromErrorDetail(error) };
  if (!leased || !address) return { kind: 'busy' };
  return { kind: 'leased', address: { ...fromWireAddress(address), nodeId } };
}

export function toLeaseUpdate({ leaseId }: LeaseIdentity, news: LeaseNews<ActorDeath>): Draft<LeaseUpdate> {
  switch (news.kind) {
    case 'granted':
      return { leaseId, granted: toWireAddress(news.address) };
    case 'failed':
      return { leaseId, failed: toErrorDetail(news.error) };
    case 'ended':
      return { leaseId, ended: news.death };
    case 'pending':
      return { leaseId, pendingReason: news.reason };
  }
}

export function toLeaseView(lease: LeaseRecord, pendingReason: string, nowMs: number): Draft<LeaseView> {
  const { leaseId, jobId, holderWorkerId, name, address, bundle, bundleIndex } = lease;
  return {
    leaseId,
    jobId,
    holderWorkerId,
    name,
    pendingReason,
    resources: { units: lease.state === 'PENDING' ? lease.request.resources : lease.held },
    address: toWireAddress(address),
    placementGroupId: bundle?.placementGroupId ?? '',
    bundleIndex: bundleIndex ?? bundle?.bundleIndex ?? -1,
    ageMs: nowMs - lease.requestedAtMs,
  };
}
