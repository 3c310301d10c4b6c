import { type Database, open, type RootDatabase } from 'lmdb';
import type { Clock } from '../../../src/core/clock.js';
import { IllegalStateError, RayError, toError } from '../../../src/core/errors/index.js';
import {
  DEFAULT_WRITE_TIMEOUT_MS,
  type HeadStore,
  type Lease,
  type StoredRecord,
  type StoreMutation,
  type StoreTable,
  storeTables,
} from '../head-store.js';
import {
  acquireLeaseRecord,
  createStaleEpochError,
  holdsEpoch,
  type LeaseRecord,
  reclaimLeaseRecord,
} from '../lease-record.js';
import { createStoreUnavailableError, type StoreOperation, withinTimeout } from '../store-unavailable.js';
import { validateLeaseRequest, validateMutations, validateTimeToLive } from '../validate-store-input.js';

export interface LmdbHeadStoreOptions {
  /** Folder of the database, created when missing. It must be on a local disk: LMDB's locks don't work on NFS. */
  readonly directory: string;
  /** Bound of one operation, in milliseconds; default {@link DEFAULT_WRITE_TIMEOUT_MS}. */
  readonly writeTimeoutMs?: number;
  /** Decides when leases expire. Default the wall clock, the only one that outlives a reboot. */
  readonly clock?: Clock;
}

const wallClock: Clock = { now: () => Date.now() };
const LEASE_KEY = 'lease';

/**
 * A HeadStore in an LMDB database, for a head without Redis. Every process of the host that opens the folder shares it,
 * and LMDB's write lock makes each operation one step among them. Writes resolve after the flush to disk.
 */
export class LmdbHeadStore implements HeadStore {
  readonly connectedSinceMs = 0;
  readonly #root: RootDatabase<LeaseRecord, string>;
  readonly #tables: ReadonlyMap<StoreTable, Database<Buffer, string>>;
  readonly #writeTimeoutMs: number;
  readonly #clock: Clock;
  #state: 'OPEN' | 'CLOSED' = 'OPEN';

  /** @throws {StoreUnavailableError} when the folder can't be created or holds no usable database. */
  constructor(options: LmdbHeadStoreOptions) {
    this.#writeTimeoutMs = options.writeTimeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS;
    this.#clock = options.clock ?? wallClock;
    try {
      this.#root = open({ path: options.directory, noSubdir: false, maxDbs: storeTables.length, encoding: 'json' });
      this.#tables = new Map(
        storeTables.map((name) => [name, this.#root.openDB<Buffer, string>({ name, encoding: 'binary' })]),
      );
    } catch (error) {
      const reason = `failed in ${options.directory}: ${toError(error).message}`;
      throw createStoreUnavailableError({ name: 'open', effect: 'read' }, reason, error);
    }
  }

  async acquireLease(holder: string, ttlMs: number): Promise<Lease | undefined> {
    validateLeaseRequest(holder, ttlMs);
    return this.#takeLease('acquireLease', (current) => acquireLeaseRecord(current, holder, ttlMs, this.#clock.now()));
  }

  async reclaimLease(lease: Lease, holder: string, ttlMs: number): Promise<Lease | undefined> {
    validateLeaseRequest(holder, ttlMs);
    return this.#takeLease('reclaimLease', (current) =>
      reclaimLeaseRecord(current, lease.epoch, holder, ttlMs, this.#clock.now()),
    );
  }

  async renewLease(lease: Lease, ttlMs: number): Promise<boolean> {
    validateTimeToLive(ttlMs);
    return this.#write('renewLease', () => {
      const current = this.#root.get(LEASE_KEY);
      if (!holdsEpoch(current, lease.epoch)) return false;
      void this.#root.put(LEASE_KEY, { ...current, expiresAtMs: this.#clock.now() + ttlMs });
      return true;
    });
  }

  async releaseLease(lease: Lease): Promise<void> {
    await this.#write('releaseLease', () => {
      const current = this.#root.get(LEASE_KEY);
      if (holdsEpoch(current, lease.epoch)) void this.#root.put(LEASE_KEY, { ...current, state: 'RELEASED' });
    });
  }

  async commit(epoch: number, mutations: readonly StoreMutation[]): Promise<void> {
    validateMutations(mutations);
    // The transaction starts in a later turn; by then the caller may have reused its buffers.
    const copies = mutations.map(copyMutation);
    await this.#writeUnderEpoch('commit', epoch, () => {
      for (const mutation of copies) {
        const rows = this.#rows(mutation.table);
        if (mutation.kind === 'put') void rows.put(mutation.id, mutation.record);
        else void rows.remove(mutation.id);
      }
    });
  }

  async list(table: StoreTable): Promise<readonly StoredRecord[]> {
    this.#startRead('list');
    return [...this.#rows(table).getRange()].map(({ key, value }) => ({ id: key, record: value }));
  }

  async get(table: StoreTable, id: string): Promise<Uint8Array | undefined> {
    this.#startRead('get');
    return this.#rows(table).get(id);
  }

  async clear(epoch: number): Promise<void> {
    await this.#writeUnderEpoch('clear', epoch, () => {
      for (const rows of this.#tables.values()) {
        for (const id of [...rows.getKeys()]) void rows.remove(id);
      }
    });
  }

  async close(): Promise<void> {
    if (this.#state === 'CLOSED') return;
    this.#state = 'CLOSED';
    await this.#root.close();
  }

  #takeLease(
    operation: string,
    decide: (current: LeaseRecord | undefined) => LeaseRecord | undefined,
  ): Promise<Lease | undefined> {
    return this.#write(operation, () => {
      const taken = decide(this.#root.get(LEASE_KEY));
      if (taken === undefined) return undefined;
      void this.#root.put(LEASE_KEY, taken);
      return { epoch: taken.epoch };
    });
  }

  #rows(table: StoreTable): Database<Buffer, string> {
    return this.#tables.get(table) as Database<Buffer, string>;
  }

  async #writeUnderEpoch(operation: string, epoch: number, apply: () => void): Promise<void> {
    const outcome = await this.#write(operation, () => {
      if (!holdsEpoch(this.#root.get(LEASE_KEY), epoch)) return 'stale';
      apply();
      return 'applied';
    });
    if (outcome === 'stale') throw createStaleEpochError(operation, epoch);
  }

  /** Runs `action` as one transaction and waits for its flush. `action` must not throw after its first write. */
  async #write<T>(name: string, action: () => T): Promise<T> {
    this.#requireOpen(name);
    const operation: StoreOperation = { name, effect: 'write' };
    return withinTimeout(operation, this.#writeTimeoutMs, this.#transact(operation, action));
  }

  async #transact<T>(operation: StoreOperation, action: () => T): Promise<T> {
    try {
      const result = await this.#root.transaction(action);
      await this.#root.flushed;
      return result;
    } catch (error) {
      if (error instanceof RayError) throw error;
      throw createStoreUnavailableError(operation, `failed: ${toError(error).message}`, error);
    }
  }

  /** lmdb keeps a snapshot until the next turn of the event loop, which may be older than another store's last commit. */
  #startRead(operation: string): void {
    this.#requireOpen(operation);
    this.#root.resetReadTxn();
  }

  #requireOpen(operation: string): void {
    if (this.#state === 'CLOSED') throw new IllegalStateError(`${operation} was called on a closed head store.`);
  }
}

function copyMutation(mutation: StoreMutation): StoreMutation & { readonly record?: Buffer } {
  return mutation.kind === 'put' ? { ...mutation, record: Buffer.from(mutation.record) } : mutation;
}
