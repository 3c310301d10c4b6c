/**
 * The head's durable tables. The head keeps its tables in memory and writes every change through to a HeadStore before
 * it acknowledges it, so that the next head finds them. There is one writer, the head that holds the lease; the lease's
 * epoch goes with every write and fences off a head that lost it. The store knows nothing of what a record means.
 *
 * What every implementation holds to:
 * - Atomic: a commit is applied whole or not at all, and is never seen half done.
 * - Ordered: commits called one after the other on one store take effect in that order, also without awaiting between.
 *   A commit that failed with StoreUnavailableError never takes effect after a later one was acknowledged.
 * - Idempotent: mutations are absolute, so a commit whose fate is unknown may be committed again.
 * - Durable: an acknowledged commit survives kill -9 of every process (the memory store excepted).
 * - Bounded: no operation waits longer than the store's `writeTimeoutMs`; then it throws {@link StoreUnavailableError}.
 * - Records are copied at the boundary: callers keep their buffers, and own those that they receive.
 */

/** Every table, in a fixed order that implementations may rely on. */
export const storeTables = [
  'nodes',
  'actors',
  'placement-groups',
  'jobs',
  'metadata',
  'kv',
  'packages',
  'package-chunks',
] as const;

export type StoreTable = (typeof storeTables)[number];

/** One row: an opaque record under an id that is unique in its table. */
export interface StoredRecord {
  readonly id: string;
  readonly record: Uint8Array;
}

/** An absolute change of one row: `put` replaces what is there, `delete` of a missing row does nothing. */
export type StoreMutation =
  | { readonly kind: 'put'; readonly table: StoreTable; readonly id: string; readonly record: Uint8Array }
  | { readonly kind: 'delete'; readonly table: StoreTable; readonly id: string };

/** The right to write, belonging to the store object that acquired it. */
export interface Lease {
  /** The fencing token: greater than that of every lease acquired before, over the whole life of the stored data. */
  readonly epoch: number;
}

/** Longest id of a row, in UTF-8 bytes: what the embedded store's keys have room for. */
export const MAX_RECORD_ID_BYTES = 1024;

/** Default bound of one operation, in milliseconds. */
export const DEFAULT_WRITE_TIMEOUT_MS = 5_000;

/**
 * Every method may be called concurrently with the others.
 *
 * @throws {StoreUnavailableError} from every method: the store did not answer in time or refused for now. A write may
 * have happened; repeating the call is safe.
 * @throws {IllegalStateError} from every method but `close`, after `close`.
 */
export interface HeadStore {
  /**
   * Since when the store answers without a break, in milliseconds of the system's monotonic clock: what is read of it may be
   * older than that, when it came back without its last writes. 0 where there is no connection that could break.
   */
  readonly connectedSinceMs: number;

  /**
   * Takes the lease when nobody holds it, when it expired, or when `holder` itself holds it (a head that restarted under
   * its name; its earlier lease is stale from then on). Time is the store's, not the caller's.
   *
   * @param holder names the head process; a name that two live processes share fences neither off.
   * @param ttlMs how long the lease lasts unless renewed, in milliseconds.
   * @returns undefined while another holder's lease has not expired.
   */
  acquireLease(holder: string, ttlMs: number): Promise<Lease | undefined>;

  /**
   * Takes the lease again, under a greater epoch, for who held it in a store that has lost it, or writes under it, whoever
   * held it before. What the store holds is then older than what it had acknowledged.
   *
   * @param lease the one that the store refuses.
   * @returns undefined when a lease was acquired after it: the head must stop.
   */
  reclaimLease(lease: Lease, holder: string, ttlMs: number): Promise<Lease | undefined>;

  /**
   * Makes the lease last `ttlMs` from now. An expired lease can still be renewed as long as nobody took it.
   *
   * @returns false when the lease was released or taken, or the store has lost writes under it; {@link reclaimLease} tells.
   */
  renewLease(lease: Lease, ttlMs: number): Promise<boolean>;

  /** Lets another holder acquire at once. Nothing happens when the lease is no longer current. */
  releaseLease(lease: Lease): Promise<void>;

  /**
   * Applies the mutations in order, as one atomic step. Resolves when they are durable.
   *
   * @throws {StaleEpochError} when `epoch` is not that of the last lease, that lease was released, or the store has lost a
   * write that it had acknowledged under it. Nothing was written.
   * An expired lease that nobody took still commits: no other writer can exist.
   * @throws {InvalidArgumentError} when an id is empty or longer than {@link MAX_RECORD_ID_BYTES}.
   */
  commit(epoch: number, mutations: readonly StoreMutation[]): Promise<void>;

  /** All rows of a table as of the last acknowledged commit or a later one, in no particular order. */
  list(table: StoreTable): Promise<readonly StoredRecord[]>;

  get(table: StoreTable, id: string): Promise<Uint8Array | undefined>;

  /**
   * Deletes every row of every table of this cluster, as one atomic step. The lease and its epoch stay.
   *
   * @throws {StaleEpochError} as {@link HeadStore.commit}.
   */
  clear(epoch: number): Promise<void>;

  /** Frees connections and files. The lease is left to expire, or released before. Idempotent. */
  close(): Promise<void>;
}
