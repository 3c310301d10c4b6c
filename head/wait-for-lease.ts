import { IllegalStateError, sleep, systemClock } from '../src/core/index.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { HeadStore } from './store/head-store.js';

const RETRY_MS = 250;

/**
 * The lease of a store, once the head that had it has given it up or is dead for the lease's time to live.
 * @throws {IllegalStateError} when another head still has it after `withinMs`.
 */
export async function waitForLease(store: HeadStore, holder: string, withinMs: number): Promise<LeaseKeeper> {
  const deadlineMs = systemClock.now() + withinMs;
  for (;;) {
    const lease = await LeaseKeeper.acquire(store, holder);
    if (lease) return lease;
    if (systemClock.now() >= deadlineMs) {
      throw new IllegalStateError(
        'Another head holds the lease of this store. Stop it first, add --standby to wait for its end, or start another ' +
          'cluster beside it with --cluster-name.',
      );
    }
    await sleep(RETRY_MS);
  }
}
