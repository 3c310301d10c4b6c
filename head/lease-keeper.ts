import type { HeadStore, Lease } from './store/head-store.js';

const LEASE_TTL_MS = 10_000;
const RENEW_EVERY_MS = 2_000;

/** Holds the head's lease on its store and renews it; the lease's epoch fences every write. */
export class LeaseKeeper {
  readonly lease: Lease;
  readonly #store: HeadStore;
  readonly #timer: NodeJS.Timeout;
  #state: 'held' | 'lost' | 'released' = 'held';

  private constructor(store: HeadStore, lease: Lease, onLost: (reason: string) => void) {
    this.lease = lease;
    this.#store = store;
    this.#timer = setInterval(() => this.#renew(onLost), RENEW_EVERY_MS).unref();
  }

  /**
   * @param onLost called once another head has the lease.
   * @returns undefined while another head holds it.
   */
  static async acquire(
    store: HeadStore,
    holder: string,
    onLost: (reason: string) => void,
  ): Promise<LeaseKeeper | undefined> {
    const lease = await store.acquireLease(holder, LEASE_TTL_MS);
    return lease && new LeaseKeeper(store, lease, onLost);
  }

  /** Deletes this cluster's records and lets the next head in; one that lost the lease leaves both to its successor. */
  async clearAndRelease(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#state !== 'held') return;
    this.#state = 'released';
    await this.#store.clear(this.lease.epoch);
    await this.#store.releaseLease(this.lease);
  }

  #renew(onLost: (reason: string) => void): void {
    this.#store.renewLease(this.lease, LEASE_TTL_MS).then(
      (isHeld) => {
        // Several renewals may be on their way to a slow store, and the last of them after the release.
        if (isHeld || this.#state !== 'held') return;
        this.#state = 'lost';
        clearInterval(this.#timer);
        onLost('another head has taken the lease of the store');
      },
      // A store that is away for a moment: an expired lease that nobody took can still be renewed at the next turn.
      () => undefined,
    );
  }
}
