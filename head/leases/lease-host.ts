import type { LeaseId, RayError } from '../../src/core/index.js';
import type { ActorAddressRecord } from '../actors/actor-record.js';
import type { LeaseRecord } from './lease-record.js';

export type LeaseAnswer =
  | { readonly kind: 'leased'; readonly address: ActorAddressRecord }
  /** The resources are not free; the lease is placed again. */
  | { readonly kind: 'busy' }
  /** No worker can be started for it here or elsewhere: its runtime environment can't be had. */
  | { readonly kind: 'failed'; readonly error: RayError };

/** What the head asks of a node's agent for a lease. Every call is idempotent. */
export interface LeaseHost {
  lease(lease: LeaseRecord): Promise<LeaseAnswer>;
  /** @param isForced end the worker's process; resolves when what it held is free. */
  giveBack(leaseId: LeaseId, isForced: boolean): Promise<void>;
}

/** What a caller is told of its lease; `Death` is the agent's own message. */
export type LeaseNews<Death> =
  | { readonly kind: 'granted'; readonly address: ActorAddressRecord }
  | { readonly kind: 'failed'; readonly error: RayError }
  | { readonly kind: 'ended'; readonly death: Death }
  | { readonly kind: 'pending'; readonly reason: string };
