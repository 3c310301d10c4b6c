import { type LeaseId, transition, type WorkerId } from '../../src/core/index.js';
import { LeaseQueues } from './lease-queues.js';
import { type LeaseRecord, type LeaseState, leaseTransitions } from './lease-record.js';

/** The living leases, by id, by holder and by worker; memory only. */
export class LeaseTable {
  readonly records = new Map<LeaseId, LeaseRecord>();
  readonly queues = new LeaseQueues();
  readonly #byHolder = new Map<WorkerId, Set<LeaseId>>();
  readonly #byWorker = new Map<WorkerId, LeaseId>();
  readonly #onChange: (lease: LeaseRecord) => void;

  /** @param onChange called with every lease that is new, has changed or has ended. */
  constructor(onChange: (lease: LeaseRecord) => void) {
    this.#onChange = onChange;
  }

  add(lease: LeaseRecord): void {
    this.records.set(lease.leaseId, lease);
    const ofHolder = this.#byHolder.get(lease.holderWorkerId) ?? new Set();
    this.#byHolder.set(lease.holderWorkerId, ofHolder.add(lease.leaseId));
    if (lease.state === 'PENDING') this.queues.add(lease);
    this.#enter(lease);
  }

  /** Takes a lease to another state; one that has ended is forgotten. */
  become(lease: LeaseRecord, to: LeaseState, change: Partial<LeaseRecord> = {}): LeaseRecord {
    const state = transition(leaseTransitions, 'Lease', lease.leaseId, lease.state, to);
    const next = { ...lease, ...change, state };
    if (lease.state === 'PENDING') this.queues.delete(lease.leaseId);
    if (state === 'PENDING') this.queues.add(next, true);
    if (state === 'ENDED') this.#forget(next);
    else this.records.set(next.leaseId, next);
    this.#enter(next);
    return next;
  }

  /** A change within a state. */
  update(lease: LeaseRecord): void {
    this.records.set(lease.leaseId, lease);
    this.#enter(lease);
  }

  ofHolder(workerId: WorkerId): LeaseRecord[] {
    return [...(this.#byHolder.get(workerId) ?? [])].flatMap((leaseId) => this.records.get(leaseId) ?? []);
  }

  /** The lease of a task worker; undefined for a worker that is none. */
  ofWorker(workerId: WorkerId): LeaseRecord | undefined {
    const leaseId = this.#byWorker.get(workerId);
    return leaseId && this.records.get(leaseId);
  }

  #enter(lease: LeaseRecord): void {
    const { address, leaseId, state } = lease;
    if (address && state !== 'ENDED') this.#byWorker.set(address.workerId, leaseId);
    this.#onChange(lease);
  }

  #forget({ leaseId, holderWorkerId, address }: LeaseRecord): void {
    this.records.delete(leaseId);
    const ofHolder = this.#byHolder.get(holderWorkerId);
    ofHolder?.delete(leaseId);
    if (ofHolder?.size === 0) this.#byHolder.delete(holderWorkerId);
    if (address) this.#byWorker.delete(address.workerId);
  }
}
