import type { Draft, LeaseRequest, LeaseUpdate, WorkerMessage } from '../../rpc/index.js';

interface KnownLease {
  readonly request: Draft<LeaseRequest> & { readonly leaseId: string };
  readonly onUpdate: (update: LeaseUpdate) => void;
  state: 'wanted' | 'held';
}

/**
 * The leases on workers that this process wants and holds. They are soft state at the head: what is said here is said
 * again after every registration, and what is not said any more has been given back.
 */
export class LeaseRequests {
  readonly #send: (message: Draft<WorkerMessage>) => void;
  readonly #leases = new Map<string, KnownLease>();
  readonly #reclaimers = new Set<() => void>();

  /** @param send drops what it is given while the head is away. */
  constructor(send: (message: Draft<WorkerMessage>) => void) {
    this.#send = send;
  }

  /** Asks for a lease; `onUpdate` is told what becomes of it until it fails, ends, or is given back. */
  request(request: KnownLease['request'], onUpdate: KnownLease['onUpdate']): void {
    this.#leases.set(request.leaseId, { request, onUpdate, state: 'wanted' });
    this.#send({ leaseRequest: request });
  }

  /** Gives a lease back, or takes the request for it back. @param force ends the worker's process. */
  giveBack(leaseId: string, force = false): void {
    if (this.#leases.delete(leaseId)) this.#send({ returnLease: { leaseId, force } });
  }

  /** Calls the listener when others wait for what idle leases hold; returns how to stop. */
  onReclaim(listener: () => void): () => void {
    this.#reclaimers.add(listener);
    return () => this.#reclaimers.delete(listener);
  }

  /** What a registration says of leases. */
  registration(): { heldLeaseIds: string[]; leaseRequests: Draft<LeaseRequest>[] } {
    const leases = [...this.#leases.values()];
    return {
      heldLeaseIds: leases.filter(({ state }) => state === 'held').map(({ request }) => request.leaseId),
      leaseRequests: leases.filter(({ state }) => state === 'wanted').map(({ request }) => request),
    };
  }

  receive(update: LeaseUpdate): void {
    const lease = this.#leases.get(update.leaseId);
    if (!lease) return;
    if (update.granted) lease.state = 'held';
    if (update.failed || update.ended) this.#leases.delete(update.leaseId);
    lease.onUpdate(update);
  }

  reclaim(): void {
    for (const listener of [...this.#reclaimers]) listener();
  }
}
