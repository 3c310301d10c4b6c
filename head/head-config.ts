import type { Credentials } from '../src/core/index.js';

/** What the process that starts the head tells it, over its IPC channel: no secret shows in a process list. */
export interface HeadConfig {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly credentials: Credentials;
  readonly clusterId: string;
  readonly version: string;
  readonly store: HeadStoreChoice;
  /** Where a store of the head's own keeps its data and log. */
  readonly sessionDirectory: string;
  /** Silence of a node or a driver that means its death. Default 10 s. */
  readonly leaseMs: number;
  /** How long agents and drivers go on without a head. Default 60 s, as in Ray. */
  readonly headLeaseMs: number;
}

/**
 * `auto` starts a redis-server of the head's own, which lives and dies with the head, where one is installed, and uses
 * the embedded store elsewhere.
 */
export type HeadStoreChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'embedded' }
  | { readonly kind: 'redis'; readonly url: string };
