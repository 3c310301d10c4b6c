import { type Clock, systemClock } from '../../src/core/clock.js';
import { IllegalStateError } from '../../src/core/errors/index.js';
import {
  type HeadStore,
  type Lease,
  type StoredRecord,
  type StoreMutation,
  type StoreTable,
  storeTables,
} from './head-store.js';
import {
  acquireLeaseRecord,
  createStaleEpochError,
  holdsEpoch,
  type LeaseRecord,
  reclaimLeaseRecord,
} from './lease-record.js';
import { validateLeaseRequest, validateMutations, validateTimeToLive } from './validate-store-input.js';

/** A HeadStore that forgets everything with the process: for tests and for labs that need no restart of the head. */
export class MemoryHeadStore implements HeadStore {
  readonly connectedSinceMs = 0;
  readonly #clock: Clock;
  readonly #tables = new Map<StoreTable, Map<string, Uint8Array>>(storeTables.map((name) => [name, new Map()]));
  #lease: LeaseRecord | undefined;
  #state: 'OPEN' | 'CLOSED' = 'OPEN';

  /** @param clock decides when leases expire; default the system's monotonic clock. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async acquireLease(holder: string, ttlMs: number): Promise<Lease | undefined> {
    this.#requireOpen('acquireLease');
    validateLeaseRequest(holder, ttlMs);
    const acquired = acquireLeaseRecord(this.#lease, holder, ttlMs, this.#clock.now());
    if (acquired === undefined) return undefined;
    this.#lease = acquired;
    return { epoch: acquired.epoch };
  }

  async reclaimLease(lease: Lease, holder: string, ttlMs: number): Promise<Lease | undefined> {
    this.#requireOpen('reclaimLease');
    validateLeaseRequest(holder, ttlMs);
    const reclaimed = reclaimLeaseRecord(this.#lease, lease.epoch, holder, ttlMs, this.#clock.now());
    if (reclaimed === undefined) return undefined;
    this.#lease = reclaimed;
    return { epoch: reclaimed.epoch };
  }

  async renewLease(lease: Lease, ttlMs: number): Promise<boolean> {
    this.#requireOpen('renewLease');
    validateTimeToLive(ttlMs);
    if (!holdsEpoch(this.#lease, lease.epoch)) return false;
    this.#lease = { ...this.#lease, expiresAtMs: this.#clock.now() + ttlMs };
    return true;
  }

  async releaseLease(lease: Lease): Promise<void> {
    this.#requireOpen('releaseLease');
    if (holdsEpoch(this.#lease, lease.epoch)) this.#lease = { ...this.#lease, state: 'RELEASED' };
  }

  async commit(epoch: number, mutations: readonly StoreMutation[]): Promise<void> {
    this.#requireOpen('commit');
    validateMutations(mutations);
    this.#requireEpoch('commit', epoch);
    for (const mutation of mutations) {
      const rows = this.#rows(mutation.table);
      if (mutation.kind === 'put') rows.set(mutation.id, Uint8Array.from(mutation.record));
      else rows.delete(mutation.id);
    }
  }

  async list(table: StoreTable): Promise<readonly StoredRecord[]> {
    this.#requireOpen('list');
    return [...this.#rows(table)].map(([id, record]) => ({ id, record: Uint8Array.from(record) }));
  }

  async get(table: StoreTable, id: string): Promise<Uint8Array | undefined> {
    this.#requireOpen('get');
    const record = this.#rows(table).get(id);
    return record && Uint8Array.from(record);
  }

  async clear(epoch: number): Promise<void> {
    this.#requireOpen('clear');
    this.#requireEpoch('clear', epoch);
    for (const rows of this.#tables.values()) rows.clear();
  }

  async close(): Promise<void> {
    this.#state = 'CLOSED';
  }

  #rows(table: StoreTable): Map<string, Uint8Array> {
    return this.#tables.get(table) as Map<string, Uint8Array>;
  }

  #requireEpoch(operation: string, epoch: number): void {
    if (!holdsEpoch(this.#lease, epoch)) throw createStaleEpochError(operation, epoch);
  }

  #requireOpen(operation: string): void {
    if (this.#state === 'CLOSED') throw new IllegalStateError(`${operation} was called on a closed head store.`);
  }
}
