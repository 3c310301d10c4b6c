/**
 * What a head that has just started learns of leases: agents tell what they hold, callers what they hold and what they
 * want. A lease is kept when both know it; one whose holder does not come back within the lease time is returned.
 */
import type { LeaseId, NodeId, WorkerId } from '../../src/core/index.js';
import type { LeaseRecord } from './lease-record.js';
import type { LeaseScheduler } from './lease-scheduler.js';
import type { LeaseTable } from './lease-table.js';

/** A grant may be younger than an agent's word that crossed it on the way. */
const CROSSING_MS = 5_000;

export interface LeaseRecoveryOptions<Death> {
  readonly table: LeaseTable;
  readonly leases: LeaseScheduler<Death>;
  /** Tells a holder that a lease, which it believes to hold, is none. */
  readonly tellLost: (holderWorkerId: WorkerId, leaseId: LeaseId) => void;
  /** Asks (again) for a lease; what is wrong with it, its holder is told. */
  readonly request: (lease: LeaseRecord) => void;
  /** The death of a worker that its agent does not have any more. */
  readonly lostDeath: (lease: LeaseRecord) => Death;
  /** How long holders may take to come back. */
  readonly leaseMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export class LeaseRecovery<Death> {
  readonly #options: LeaseRecoveryOptions<Death>;
  /** Leases that an agent has told of and their holder not yet, with the time when they are given up. */
  readonly #unconfirmed = new Map<LeaseId, number>();
  /** Leases that a holder has told of and their agent not yet, with the time when the holder is told that they are lost. */
  readonly #expected = new Map<LeaseId, { readonly holderWorkerId: WorkerId; readonly untilMs: number }>();

  constructor(options: LeaseRecoveryOptions<Death>) {
    this.#options = options;
  }

  /** An agent has (again) registered and says which leases it holds: unknown ones are taken over. */
  onInventory(nodeId: NodeId, held: readonly LeaseRecord[]): void {
    const { table, leases, request, lostDeath, leaseMs, now } = this.#options;
    for (const lease of held) {
      const known = table.records.get(lease.leaseId);
      if (known && known.state !== 'PENDING') continue;
      if (known) table.become(known, 'ENDED');
      table.add(lease);
      if (known) request(lease);
      else if (!this.#expected.delete(lease.leaseId)) this.#unconfirmed.set(lease.leaseId, now() + leaseMs);
    }
    const heldIds = new Set(held.map(({ leaseId }) => leaseId));
    for (const lease of [...table.records.values()]) {
      const isLost = lease.nodeId === nodeId && lease.state === 'GRANTED' && !heldIds.has(lease.leaseId);
      if (!isLost || !lease.address || lease.grantedAtMs > now() - CROSSING_MS) continue;
      leases.onWorkerDead(lease.leaseId, lease.address.workerId, lostDeath(lease));
    }
  }

  /** A worker has (again) registered: what it neither holds nor wants of what is known as its own is returned. */
  onHolder(workerId: WorkerId, heldIds: readonly LeaseId[], wanted: readonly LeaseRecord[]): void {
    const { table, leases, request, leaseMs, now } = this.#options;
    for (const leaseId of heldIds) {
      this.#unconfirmed.delete(leaseId);
      if (table.records.has(leaseId)) continue;
      this.#expected.set(leaseId, { holderWorkerId: workerId, untilMs: now() + leaseMs });
    }
    const ids = new Set([...heldIds, ...wanted.map(({ leaseId }) => leaseId)]);
    for (const lease of table.ofHolder(workerId)) {
      if (!ids.has(lease.leaseId)) leases.giveBack(lease.leaseId, true);
    }
    for (const lease of wanted) {
      this.#unconfirmed.delete(lease.leaseId);
      request(lease);
    }
  }

  /** Time has passed: leases that one side does not know of are over. */
  tick(): void {
    const { leases, tellLost, now } = this.#options;
    for (const [leaseId, untilMs] of [...this.#unconfirmed]) {
      if (untilMs > now()) continue;
      this.#unconfirmed.delete(leaseId);
      leases.giveBack(leaseId, true);
    }
    for (const [leaseId, { holderWorkerId, untilMs }] of [...this.#expected]) {
      if (untilMs > now()) continue;
      this.#expected.delete(leaseId);
      tellLost(holderWorkerId, leaseId);
    }
  }
}
