import type { Credentials } from '../src/core/index.js';

/** What the process that starts the head tells it, over its IPC channel: no secret shows in a process list. */
export interface HeadConfig {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly credentials: Credentials;
  /** Of the cluster, unless the store holds one already. */
  readonly clusterId: string;
  /** Names the cluster in its store: a head that is given it again goes on with the cluster. */
  readonly clusterName: string;
  /** `clear` gives up the cluster that the store holds. */
  readonly records: 'keep' | 'clear';
  /** A standby waits until the head that is in charge is gone. */
  readonly role: 'head' | 'standby';
  readonly version: string;
  readonly store: HeadStoreChoice;
  /** Where a store of the head's own keeps its data and log. */
  readonly sessionDirectory: string;
  /** Silence of a node or a driver that means its death. Default 10 s. */
  readonly leaseMs: number;
  /** How long agents and drivers go on without a head. Default 60 s, as in Ray. */
  readonly headLeaseMs: number;
  /** How long a change waits for a store that is away before its caller is told so. Default 60 s. */
  readonly storeWaitMs: number;
  /** How long a head that is started waits for the lease of one that died. Default 12 s, the lease and a bit. */
  readonly takeoverMs: number;
}

/**
 * `auto` starts a redis-server of the head's own, which lives and dies with the head, where one is installed, and uses
 * the embedded store elsewhere.
 */
export type HeadStoreChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'embedded' }
  | { readonly kind: 'redis'; readonly url: string };
