import type { ActorChange } from './actors/actor-log.js';
import { needsOf } from './actors/actor-record.js';
import type { ActorScheduler } from './actors/actor-scheduler.js';
import type { LeaseNews } from './leases/lease-host.js';
import type { LeaseIdentity, LeaseRecord } from './leases/lease-record.js';
import type { LeaseScheduler } from './leases/lease-scheduler.js';
import type { LeaseTable } from './leases/lease-table.js';
import type { Want } from './leases/reclaim.js';
import type { Claimant } from './placement/claims.js';
import type { Waiter } from './placement/pending-reports.js';
import { missingBundles, type PlacementGroupRecord } from './placement/placement-group-record.js';
import type { PlacementGroupScheduler } from './placement/placement-group-scheduler.js';

export interface WaitingWorkOptions<Report, Death> {
  readonly placementGroups: PlacementGroupScheduler;
  readonly actors: ActorScheduler<Report>;
  readonly leases: LeaseScheduler<Death>;
  readonly leaseTable: LeaseTable;
  readonly publishActor: (change: ActorChange<Report>, pendingReason: string) => void;
  readonly publishGroup: (group: PlacementGroupRecord, pendingReason: string) => void;
  readonly publishLease: (lease: LeaseIdentity, news: LeaseNews<Death>) => void;
}

/** Everybody who waits for resources: placement groups, actors and leases. */
export class WaitingWork<Report, Death> {
  readonly #options: WaitingWorkOptions<Report, Death>;

  constructor(options: WaitingWorkOptions<Report, Death>) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    const { placementGroups, actors, leaseTable } = this.#options;
    return leaseTable.queues.size === 0 && actors.waiting().length === 0 && placementGroups.waiting().length === 0;
  }

  /** Those that have waited so long that they claim room. */
  claimants(): Claimant[] {
    return [...this.#options.placementGroups.claimants(), ...this.#options.actors.claimants()];
  }

  /** What they want, of leases one for each shape. */
  wants(): Want[] {
    const { placementGroups, actors, leaseTable } = this.#options;
    return [
      ...placementGroups.waiting().flatMap(wantsOfGroup),
      ...actors.waiting().map((actor) => ({
        resources: needsOf(actor),
        placementGroupId: actor.bundle?.placementGroupId,
      })),
      ...leaseTable.queues.oldest().map(wantOfLease),
    ];
  }

  /** Each with why it waits, and how to tell that. */
  waiters(): Waiter[] {
    return [...this.#groups(), ...this.#actors(), ...this.#leases()];
  }

  #groups(): Waiter[] {
    const { placementGroups, publishGroup } = this.#options;
    return placementGroups.waiting().map((group) => ({
      id: group.placementGroupId,
      sinceMs: group.stateSinceMs,
      explain: () => placementGroups.explain(group),
      tell: (reason) => publishGroup(group, reason),
    }));
  }

  #actors(): Waiter[] {
    const { actors, publishActor } = this.#options;
    return actors.waiting().map((actor) => ({
      id: actor.actorId,
      sinceMs: actor.stateSinceMs,
      explain: () => actors.explain(actor),
      tell: (reason) => publishActor({ actor, report: undefined }, reason),
    }));
  }

  #leases(): Waiter[] {
    const { leases, leaseTable, publishLease } = this.#options;
    return leaseTable.queues.waiting().map((lease) => ({
      id: lease.leaseId,
      sinceMs: lease.requestedAtMs,
      explain: () => leases.explain(lease),
      tell: (reason) => publishLease(lease, { kind: 'pending', reason }),
    }));
  }
}

const wantsOfGroup = (group: PlacementGroupRecord): Want[] =>
  missingBundles(group).map((index) => ({ resources: group.bundles[index]!, placementGroupId: undefined }));

const wantOfLease = ({ request, bundle }: LeaseRecord): Want => ({
  resources: request.resources,
  placementGroupId: bundle?.placementGroupId,
});
