import type { ActorId, LeaseId, NodeId, WorkerId } from '../../src/core/index.js';
import type { ActorDeath, ActorReport, NodeInventory, WorkerReport } from '../../src/rpc/index.js';
import type { Scheduler } from '../scheduler.js';
import { fromWireAddress, fromWireDeath } from './wire-actors.js';
import { fromHeldLease } from './wire-leases.js';

export type HeadScheduler = Scheduler<ActorReport, ActorDeath>;

/** What an agent says of one of its actors. */
export async function onActorReport(nodeId: NodeId, report: ActorReport, { actors }: HeadScheduler): Promise<void> {
  const actorId = report.actorId as ActorId;
  const { state, address, death } = report;
  if (state === 'ACTOR_LIFE_STATE_ALIVE' && address) {
    await actors.onAlive(actorId, { ...fromWireAddress(address), nodeId }, report);
  } else if (state === 'ACTOR_LIFE_STATE_DEAD' && death) {
    const workerId = (address?.workerId || undefined) as WorkerId | undefined;
    await actors.onDead(actorId, nodeId, fromWireDeath(death), workerId, report);
  }
}

/** What an agent says of the worker of a lease. */
export function onWorkerReport({ leaseId, workerId, death, held }: WorkerReport, { leases }: HeadScheduler): void {
  if (death) leases.onWorkerDead(leaseId as LeaseId, workerId as WorkerId, death);
  if (held) leases.onHeld(leaseId as LeaseId, held.units);
}

/** The leases that an agent holds, told after every registration. */
export function onHeldLeases(nodeId: NodeId, { leases }: NodeInventory, scheduler: HeadScheduler): void {
  scheduler.leaseRecovery.onInventory(
    nodeId,
    leases.map((lease) => fromHeldLease(lease, nodeId, Date.now())),
  );
}
