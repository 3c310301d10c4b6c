import { hostname } from 'node:os';
import { type Credentials, type Logger, sleep, systemClock, toError } from '../src/core/index.js';
import { createHeadClient, type HeadClient } from '../src/rpc/index.js';
import { LeaseKeeper } from './lease-keeper.js';
import { decodeHeadRow, HEAD_ROW } from './recovery/head-row.js';
import type { HeadStore } from './store/head-store.js';

const POLL_MS = 1_000;
/**
 * After the store was away: the head, which may be well, has this long to renew its lease first, and to write again what the
 * store may have lost.
 */
const GRACE_MS = 5_000;

export interface StandbyOptions {
  readonly store: HeadStore;
  readonly holder: string;
  /** host:port where this head will answer. */
  readonly address: string;
  readonly credentials: Credentials;
  readonly version: string;
  readonly logger: Logger;
}

/**
 * Waits until the lease of the store is free, and takes it. Meanwhile it tells the head where it stands by, so that agents
 * and drivers know where to look.
 */
export class Standby {
  readonly #options: StandbyOptions;
  #state: 'waiting' | 'closed' = 'waiting';
  /** Until when the lease is left alone. */
  #graceUntilMs = 0;
  #head: HeadClient | undefined;

  constructor(options: StandbyOptions) {
    this.#options = options;
  }

  /** @returns the lease, or undefined after {@link close}. */
  async waitForLease(): Promise<LeaseKeeper | undefined> {
    const { store, holder, logger } = this.#options;
    while (this.#state === 'waiting') {
      try {
        const row = await store.get('metadata', HEAD_ROW);
        const isPatient = systemClock.now() < Math.max(this.#graceUntilMs, store.connectedSinceMs + GRACE_MS);
        const lease = isPatient ? undefined : await LeaseKeeper.acquire(store, holder);
        if (lease) return this.#end(lease);
        if (row) void this.#announce(decodeHeadRow(row).address);
      } catch (error) {
        this.#graceUntilMs = systemClock.now() + GRACE_MS;
        logger.warn({ error: toError(error).message }, 'the store does not answer this standby');
      }
      await sleep(POLL_MS);
    }
    return undefined;
  }

  close(): void {
    this.#state = 'closed';
    this.#head?.close();
  }

  #end(lease: LeaseKeeper): LeaseKeeper | undefined {
    if (this.#state === 'waiting') {
      this.#head?.close();
      return lease;
    }
    lease.release('keep').catch((error: unknown) => {
      this.#options.logger.warn({ error: toError(error).message }, 'the lease is left to expire');
    });
    return undefined;
  }

  async #announce(headAddress: string): Promise<void> {
    const { address, credentials, version, logger } = this.#options;
    if (this.#head?.address !== headAddress) {
      this.#head?.close();
      this.#head = createHeadClient(headAddress, credentials);
    }
    try {
      await this.#head.call('announceStandby', { address, hostname: hostname(), version }, POLL_MS);
    } catch (error) {
      logger.warn({ head: headAddress, error: toError(error).message }, 'the head does not hear this standby');
    }
  }
}
