import { StoreUnavailableError } from '../src/core/index.js';
import type { HeadStore, Lease } from './store/head-store.js';
import type { WriteLease } from './store/write-queue.js';

/** How long a head that died keeps the next one out. */
const LEASE_TTL_MS = 10_000;
const RENEW_EVERY_MS = 2_000;
/** The row that every cluster has. */
export const CLUSTER_ROW = 'cluster';

export interface LeaseEvents {
  /** Another head has the lease: this one must end. Called once. */
  readonly onLost: (reason: string) => void;
  /** The store had lost writes, and the lease is held in it anew: everything is to be written again. */
  readonly onRegained: () => void;
}

/** Holds the head's lease on its store and renews it; the lease's epoch fences every write. */
export class LeaseKeeper implements WriteLease {
  readonly #store: HeadStore;
  readonly #holder: string;
  readonly #timer: NodeJS.Timeout;
  #events: LeaseEvents = { onLost: () => undefined, onRegained: () => undefined };
  #lease: Lease;
  #state: 'held' | 'lost' | 'released' = 'held';
  #regaining: Promise<boolean> | undefined;

  private constructor(store: HeadStore, holder: string, lease: Lease) {
    this.#lease = lease;
    this.#holder = holder;
    this.#store = store;
    this.#timer = setInterval(() => this.#renew(), RENEW_EVERY_MS).unref();
  }

  /** @returns undefined while another head holds it. */
  static async acquire(store: HeadStore, holder: string): Promise<LeaseKeeper | undefined> {
    const lease = await store.acquireLease(holder, LEASE_TTL_MS);
    return lease && new LeaseKeeper(store, holder, lease);
  }

  get epoch(): number {
    return this.#lease.epoch;
  }

  /** Who is told from now on. */
  listen(events: LeaseEvents): void {
    this.#events = events;
  }

  /**
   * Deletes this cluster's records, unless a standby is to go on with them, and lets the next head in. One that lost the
   * lease leaves both to its successor.
   */
  async release(records: 'clear' | 'keep'): Promise<void> {
    clearInterval(this.#timer);
    if (this.#state !== 'held') return;
    this.#state = 'released';
    if (records === 'clear') await this.#store.clear(this.epoch);
    await this.#store.releaseLease(this.#lease);
  }

  /** The store refuses `epoch`: takes the lease again where the store has lost writes; else it is lost. */
  regain(epoch: number): Promise<boolean> {
    // The refused write was sent before the lease was taken again.
    if (epoch !== this.epoch) return Promise.resolve(true);
    this.#regaining ??= this.#regain().finally(() => {
      this.#regaining = undefined;
    });
    return this.#regaining;
  }

  async #regain(): Promise<boolean> {
    if (this.#state !== 'held') return false;
    const lease = await this.#store.reclaimLease(this.#lease, this.#holder, LEASE_TTL_MS);
    if (this.#state !== 'held') return false;
    if (!lease) {
      this.#lose();
      return false;
    }
    this.#lease = lease;
    this.#events.onRegained();
    return true;
  }

  #renew(): void {
    const { epoch } = this.#lease;
    this.#store.renewLease(this.#lease, LEASE_TTL_MS).then(
      // Several renewals may be on their way to a slow store, and the last of them after the release.
      (isHeld) => {
        if (!isHeld && this.#state === 'held') this.regain(epoch).catch(ignoreAway);
      },
      // An expired lease that nobody took can still be renewed at the next turn.
      ignoreAway,
    );
  }

  #lose(): void {
    this.#state = 'lost';
    clearInterval(this.#timer);
    this.#events.onLost('another head has taken the lease of the store');
  }
}

/** A store that is away for a moment changes nothing: the next turn asks again. */
function ignoreAway(error: unknown): void {
  if (!(error instanceof StoreUnavailableError)) throw error;
}
