import type { JobId, LeaseId, NodeId, Resources, Transitions, WorkerId } from '../../src/core/index.js';
import type { ActorAddressRecord, BundlePlace } from '../actors/actor-record.js';
import type { NodeRequest } from '../placement/node-request.js';

/**
 * The life of a lease, soft state that is not in the store: after a head restart the agents tell what they hold, the
 * callers what they hold and want.
 *
 *     PENDING ⇄ STARTING ──► GRANTED ──► RETURNING ──► ENDED        any ──► ENDED
 */
export type LeaseState = 'PENDING' | 'STARTING' | 'GRANTED' | 'RETURNING' | 'ENDED';

export const leaseTransitions: Transitions<LeaseState> = {
  /** GRANTED at once: an agent says that it holds the lease already. */
  PENDING: ['STARTING', 'GRANTED', 'ENDED'],
  /** The agent has been asked for a worker; PENDING again when it had no room. */
  STARTING: ['PENDING', 'GRANTED', 'RETURNING', 'ENDED'],
  GRANTED: ['RETURNING', 'ENDED'],
  /** The caller has given it back, and its agent has not yet said that its resources are free. */
  RETURNING: ['ENDED'],
  ENDED: [],
};

/** Which lease, and whose. */
export interface LeaseIdentity {
  readonly leaseId: LeaseId;
  readonly holderWorkerId: WorkerId;
}

/** A worker that a caller wants, or has, to run tasks on. */
export interface LeaseRecord extends LeaseIdentity {
  readonly jobId: JobId;
  readonly state: LeaseState;
  /** What the worker is for, for people. */
  readonly name: string;
  /** `request.resources` is what was asked for, in fixed point. */
  readonly request: NodeRequest;
  readonly bundle: BundlePlace | undefined;
  /** What it holds now: less than it asked for while its task waits for others. */
  readonly held: Resources;
  /** The node, and the bundle, chosen for it: set from STARTING on. */
  readonly nodeId: NodeId | undefined;
  readonly bundleIndex: number | undefined;
  readonly address: ActorAddressRecord | undefined;
  /** Unix milliseconds. */
  readonly requestedAtMs: number;
  /** Unix milliseconds; 0 before it was granted. */
  readonly grantedAtMs: number;
  /** The RuntimeEnv in its wire form, base64: opaque to the head. */
  readonly runtimeEnv: string;
}
