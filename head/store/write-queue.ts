import {
  type Clock,
  Deferred,
  StaleEpochError,
  StoreUnavailableError,
  sleep,
  systemClock,
} from '../../src/core/index.js';
import type { HeadStore, StoreMutation, StoreTable } from './head-store.js';

/** Between two tries to write while the store is away. */
const RETRY_MS = 200;
/** Rows of one commit: a burst is written in few steps, and a step stays short. */
const MAX_BATCH_ROWS = 1_000;

/** The right to write, as it is at the moment of a commit. */
export interface WriteLease {
  readonly epoch: number;
  /** The store refused `epoch`. True when it is the store that lost writes, and this head may write under a new one. */
  regain?(epoch: number): Promise<boolean>;
}

/** What makes the store's tables those of the head, after it has lost writes. */
export type PlanRewrite = () => Promise<readonly StoreMutation[]>;

interface PendingRow {
  readonly mutation: () => StoreMutation;
  readonly written: Deferred<void>;
}

/**
 * Writes rows to the store in the order in which they first changed, one commit at a time: what changes while a commit is
 * on its way shares the next one. A row that changes again before it is written is written once, as it is by then. While
 * the store is away everything waits for it. Under a lease that had to be regained nothing is acknowledged before everything
 * was written again.
 */
export class WriteQueue {
  readonly #store: HeadStore;
  readonly #lease: WriteLease;
  readonly #planRewrite: PlanRewrite;
  readonly #clock: Clock;
  /** Of the lease under which the store has all that was acknowledged. */
  #wholeEpoch: number;
  #pending = new Map<string, PendingRow>();
  #inFlight = new Map<string, PendingRow>();
  #awaySinceMs: number | undefined;
  #state: { readonly kind: 'idle' | 'writing' } | { readonly kind: 'fenced'; readonly error: StaleEpochError } = {
    kind: 'idle',
  };

  constructor(store: HeadStore, lease: WriteLease, planRewrite: PlanRewrite, clock: Clock = systemClock) {
    this.#store = store;
    this.#lease = lease;
    this.#planRewrite = planRewrite;
    this.#wholeEpoch = lease.epoch;
    this.#clock = clock;
  }

  /** For how long the store has not answered, in milliseconds; 0 while it does. */
  get awayMs(): number {
    return this.#awaySinceMs === undefined ? 0 : this.#clock.now() - this.#awaySinceMs;
  }

  /**
   * Resolves when the row, or a later form of it, is in the store.
   * @param mutation called when it is written, again for every try.
   * @throws {StaleEpochError} once another head has taken the store.
   */
  write(table: StoreTable, id: string, mutation: () => StoreMutation): Promise<void> {
    if (this.#state.kind === 'fenced') return Promise.reject(this.#state.error);
    const key = keyOf(table, id);
    const written = this.#pending.get(key)?.written ?? new Deferred<void>();
    this.#pending.set(key, { mutation, written });
    if (this.#state.kind === 'idle') {
      this.#state = { kind: 'writing' };
      queueMicrotask(() => void this.#run());
    }
    return written.promise;
  }

  /** Resolves when the row is in the store as it is now. */
  whenWritten(table: StoreTable, id: string): Promise<void> {
    const key = keyOf(table, id);
    const row = this.#pending.get(key) ?? this.#inFlight.get(key);
    return row?.written.promise ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    while (this.#pending.size > 0 && this.#state.kind === 'writing') {
      const rows = [...this.#pending].slice(0, MAX_BATCH_ROWS);
      this.#inFlight = new Map(rows);
      for (const [key] of rows) this.#pending.delete(key);
      try {
        await this.#commit(rows.map(([, row]) => row));
        for (const [, { written }] of rows) written.resolve();
      } catch (error) {
        for (const [, { written }] of rows) written.reject(error);
        if (error instanceof StaleEpochError) this.#fence(error);
      }
      this.#inFlight.clear();
    }
    if (this.#state.kind === 'writing') this.#state = { kind: 'idle' };
  }

  async #commit(rows: readonly PendingRow[]): Promise<void> {
    for (;;) {
      const outcome = await this.#tryCommit(rows);
      if (outcome === 'away') this.#awaySinceMs ??= this.#clock.now();
      else this.#awaySinceMs = undefined;
      if (outcome === 'written') return;
      if (outcome === 'away') await sleep(RETRY_MS);
    }
  }

  async #tryCommit(rows: readonly PendingRow[]): Promise<'written' | 'regained' | 'away'> {
    const { epoch } = this.#lease;
    try {
      if (epoch !== this.#wholeEpoch) await this.#rewrite(epoch);
      await this.#store.commit(
        epoch,
        rows.map(({ mutation }) => mutation()),
      );
      return 'written';
    } catch (error) {
      if (error instanceof StoreUnavailableError) return 'away';
      if (error instanceof StaleEpochError) return this.#regain(epoch, error);
      throw error;
    }
  }

  async #rewrite(epoch: number): Promise<void> {
    const mutations = await this.#planRewrite();
    for (let start = 0; start < mutations.length; start += MAX_BATCH_ROWS) {
      await this.#store.commit(epoch, mutations.slice(start, start + MAX_BATCH_ROWS));
    }
    this.#wholeEpoch = epoch;
  }

  async #regain(epoch: number, stale: StaleEpochError): Promise<'regained' | 'away'> {
    try {
      if (await this.#lease.regain?.(epoch)) return 'regained';
    } catch (error) {
      if (error instanceof StoreUnavailableError) return 'away';
      throw error;
    }
    throw stale;
  }

  #fence(error: StaleEpochError): void {
    this.#state = { kind: 'fenced', error };
    for (const { written } of this.#pending.values()) written.reject(error);
    this.#pending.clear();
  }
}

const keyOf = (table: StoreTable, id: string): string => `${table}/${id}`;
