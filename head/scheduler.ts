import {
  IllegalStateError,
  type JobId,
  type Logger,
  type NodeId,
  RayError,
  toError,
  type WorkerId,
} from '../src/core/index.js';
import type { ActorHost } from './actors/actor-host.js';
import type { ActorChange } from './actors/actor-log.js';
import type { ActorAddressRecord, ActorDeathRecord, ActorRecord } from './actors/actor-record.js';
import { ActorScheduler } from './actors/actor-scheduler.js';
import { survivingWorkers } from './jobs/surviving-workers.js';
import { WorkerIndex } from './jobs/worker-index.js';
import type { LeaseHost, LeaseNews } from './leases/lease-host.js';
import type { LeaseIdentity, LeaseRecord } from './leases/lease-record.js';
import { LeaseRecovery } from './leases/lease-recovery.js';
import { LeaseScheduler } from './leases/lease-scheduler.js';
import { LeaseTable } from './leases/lease-table.js';
import { holdersToAsk } from './leases/reclaim.js';
import { planClaims } from './placement/claims.js';
import { ClusterView } from './placement/cluster-view.js';
import { PendingReports } from './placement/pending-reports.js';
import type { PlacementGroupRecord } from './placement/placement-group-record.js';
import { PlacementGroupScheduler } from './placement/placement-group-scheduler.js';
import { Room } from './placement/room.js';
import type { BundleHost } from './placement/two-phase-commit.js';
import type { StateJournal } from './state-journal.js';
import { WaitingWork } from './waiting-work.js';

/** How often time is looked at: reasons to tell, claims to make, half-lost groups to tell apart. */
const TICK_MS = 500;
/** While somebody waits, holders of leases are asked this often for those that they don't need. */
const RECLAIM_EVERY_MS = 500;

const LOST = { kind: 'PROCESS_EXITED', message: 'Its node does not have it any more.' } as const;

/** What an agent does for the head. */
export interface NodeHost {
  readonly bundles: BundleHost;
  readonly actors: ActorHost;
  readonly leases: LeaseHost;
}

/** @typeParam Report an agent's word on an actor. @typeParam Death its word on the end of a process. */
export interface SchedulerOptions<Report, Death> {
  readonly journal: StateJournal;
  readonly hostOf: (nodeId: NodeId) => NodeHost;
  /** Tells those who follow an actor of a change; `pendingReason` is why it waits, where that is to be told. */
  readonly publishActor: (change: ActorChange<Report>, pendingReason: string) => void;
  readonly publishGroup: (group: PlacementGroupRecord, pendingReason: string) => void;
  /** Tells a lease's holder. */
  readonly publishLease: (lease: LeaseIdentity, news: LeaseNews<Death>) => void;
  /** Asks a worker for the leases that it does not need. */
  readonly askForLeases: (holderWorkerId: WorkerId) => void;
  /** A worker's process is gone, or a driver: nobody hears from it again. */
  readonly onWorkerGone: (workerId: WorkerId) => void;
  /** A death that the head itself found out, in the form of the agents'. */
  readonly toDeath: (death: ActorDeathRecord, address: ActorAddressRecord | undefined) => Death;
  /** How long the holder of a lease may take to come back. */
  readonly leaseMs: number;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Actors, placement groups and leases over one view of the cluster, and what the end of one means to the others. */
export class Scheduler<Report, Death> {
  readonly placementGroups: PlacementGroupScheduler;
  readonly actors: ActorScheduler<Report>;
  readonly leases: LeaseScheduler<Death>;
  readonly leaseRecovery: LeaseRecovery<Death>;
  readonly leaseTable: LeaseTable;
  readonly workers: WorkerIndex;
  readonly view: ClusterView;
  readonly #options: SchedulerOptions<Report, Death>;
  readonly #room: Room;
  readonly #waiting: WaitingWork<Report, Death>;
  readonly #reports = new PendingReports();
  readonly #timer: NodeJS.Timeout;
  #scheduling: NodeJS.Immediate | undefined;
  #reclaiming: NodeJS.Timeout | undefined;

  constructor(options: SchedulerOptions<Report, Death>) {
    this.#options = options;
    this.leaseTable = new LeaseTable((lease) => this.view.onLease(lease));
    this.view = new ClusterView(options.journal, this.leaseTable.records);
    this.workers = new WorkerIndex(options.journal);
    this.#room = new Room(this.view);
    this.placementGroups = this.#createGroups();
    this.actors = this.#createActors();
    this.leases = this.#createLeases();
    const { placementGroups, actors, leases, leaseTable } = this;
    this.#waiting = new WaitingWork({ ...options, placementGroups, actors, leases, leaseTable });
    this.leaseRecovery = new LeaseRecovery({
      ...options,
      table: this.leaseTable,
      leases: this.leases,
      request: (lease) => this.requestLease(lease, 'repeated'),
      lostDeath: ({ address }) => options.toDeath(LOST, address),
      tellLost: (holderWorkerId, leaseId) =>
        options.publishLease({ holderWorkerId, leaseId }, { kind: 'ended', death: options.toDeath(LOST, undefined) }),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#reclaiming);
    if (this.#scheduling) clearImmediate(this.#scheduling);
  }

  /** Looks for work; many changes in one turn of the event loop make one look. */
  schedule(): void {
    this.#scheduling ??= setImmediate(() => {
      this.#scheduling = undefined;
      if (this.#room.hasClaims) this.#updateClaims();
      this.placementGroups.schedule();
      this.actors.schedule();
      this.leases.schedule();
      if (!this.#waiting.isEmpty) this.#reclaiming ??= setTimeout(() => this.#reclaim(), 0).unref();
    });
  }

  /**
   * Makes sure that somebody is there for whom something is made.
   * @throws {IllegalStateError} when the job is over and its maker is no worker of a living detached actor.
   */
  requireLivingOwner(jobId: JobId, ownerWorkerId: WorkerId | undefined): void {
    if (this.#options.journal.jobs.get(jobId)?.state === 'RUNNING') return;
    const isWorker = ownerWorkerId && (this.workers.actorOf(ownerWorkerId) ?? this.leaseTable.ofWorker(ownerWorkerId));
    if (isWorker) return;
    throw new IllegalStateError(`Job ${jobId} is not running; its driver is gone or never registered.`);
  }

  /** Asks for a worker; what is wrong with the request, its holder is told. @param turn 'repeated' after a broken session. */
  requestLease(lease: LeaseRecord, turn: 'first' | 'repeated'): void {
    try {
      this.requireLivingOwner(lease.jobId, lease.holderWorkerId);
      this.leases.request(lease, turn === 'repeated');
    } catch (error) {
      if (!(error instanceof RayError)) throw error;
      this.#options.publishLease(lease, { kind: 'failed', error });
    }
  }

  /** The node's record says already that it is dead. */
  async onNodeDied(nodeId: NodeId, reason: string): Promise<void> {
    this.leases.onNodeDied(nodeId, reason);
    const ended = this.actors.onNodeDied(nodeId, reason);
    // Not after the store has the actors' ends: it may be away, and the groups' other nodes are not.
    this.placementGroups.onNodeDied(nodeId);
    this.schedule();
    await ended;
  }

  /** The group has lost these bundles, or gives them up, on nodes that live: whoever is in them has lost his place. */
  async onBundlesLost(
    { placementGroupId }: PlacementGroupRecord,
    indexes: readonly number[],
    reason: string,
  ): Promise<void> {
    this.leases.onBundlesLost(placementGroupId, indexes, reason);
    await this.actors.onBundlesLost(placementGroupId, indexes, reason);
  }

  /** The process is gone: the actors that it made die, its leases are returned. Idempotent. */
  onWorkerGone(workerId: WorkerId, reason: string): void {
    const death = { kind: 'OWNER_DIED', message: `Its owner is gone: ${reason}.` } as const;
    for (const actorId of this.workers.ownedBy(workerId)) {
      if (this.#options.journal.actors.get(actorId)?.isDetached) continue;
      this.#inBackground(this.actors.kill(actorId, death), 'end of an owner');
    }
    this.leases.onHolderGone(workerId);
    this.#options.onWorkerGone(workerId);
  }

  /** The job's record says already that it is over: what it owns ends, but for detached actors and what is theirs. */
  async endJob(jobId: JobId, driverWorkerId: WorkerId | undefined, message: string): Promise<void> {
    const { journal, onWorkerGone } = this.#options;
    const survivors = survivingWorkers([...journal.actors.values()], [...this.leaseTable.records.values()]);
    const isOver = (owner: WorkerId | undefined): boolean => !owner || !survivors.has(owner);
    for (const lease of [...this.leaseTable.records.values()]) {
      if (lease.jobId === jobId && isOver(lease.holderWorkerId)) this.leases.giveBack(lease.leaseId, true);
    }
    const actors = [...journal.actors.values()].filter(
      (actor) => actor.jobId === jobId && !actor.isDetached && isOver(actor.ownerWorkerId),
    );
    const death = { kind: 'OWNER_DIED', message } as const;
    const kills = actors.map((actor) => this.actors.kill(actor.actorId, death));
    const groups = [...journal.placementGroups.values()].filter(
      (group) => group.jobId === jobId && !group.isDetached && !this.#hasLivingCreator(group),
    );
    const removals = groups.map((group) => this.placementGroups.remove(group.placementGroupId, message));
    if (driverWorkerId) onWorkerGone(driverWorkerId);
    await Promise.allSettled([...kills, ...removals]);
  }

  /** A group outlives its job with the detached actor that made it. */
  #hasLivingCreator({ creatorActorId }: PlacementGroupRecord): boolean {
    const creator = creatorActorId && this.#options.journal.actors.get(creatorActorId);
    return creator ? creator.isDetached && creator.state !== 'DEAD' : false;
  }

  /** The groups that have outlived their jobs with this actor alone. */
  #onActorDead({ actorId }: ActorRecord): void {
    const { journal } = this.#options;
    for (const group of journal.placementGroups.values()) {
      const isOver = group.creatorActorId === actorId && journal.jobs.get(group.jobId)?.state !== 'RUNNING';
      if (!isOver || group.isDetached || group.state === 'REMOVED') continue;
      const reason = 'the actor that made it is dead, and its job is over';
      this.#inBackground(this.placementGroups.remove(group.placementGroupId, reason), 'end of a creator');
    }
  }

  #tick(): void {
    const nowMs = this.#options.now();
    this.leaseRecovery.tick();
    this.placementGroups.tick();
    this.#updateClaims();
    this.#reports.tick(this.#waiting.waiters(), nowMs);
    this.schedule();
  }

  #updateClaims(): void {
    const claimants = this.#waiting.claimants();
    const leased = (nodeId: NodeId) =>
      this.view.leasesOnNode(nodeId).map(({ leaseId }) => this.view.allocationOfLease(leaseId));
    this.#room.setClaims(claimants.length === 0 ? [] : planClaims(claimants, this.view.nodes(), leased));
  }

  #reclaim(): void {
    this.#reclaiming = undefined;
    const wants = this.#waiting.wants();
    if (wants.length === 0) return;
    for (const holder of holdersToAsk(wants, this.leaseTable.records.values())) this.#options.askForLeases(holder);
    this.#reclaiming = setTimeout(() => this.#reclaim(), RECLAIM_EVERY_MS).unref();
  }

  #createGroups(): PlacementGroupScheduler {
    return new PlacementGroupScheduler({
      ...this.#options,
      room: this.#room,
      hostOf: (nodeId) => this.#options.hostOf(nodeId).bundles,
      publish: (group) => this.#options.publishGroup(group, ''),
      onBundlesLost: (group, indexes, reason) => this.onBundlesLost(group, indexes, reason),
      onChange: () => this.schedule(),
    });
  }

  #createActors(): ActorScheduler<Report> {
    return new ActorScheduler<Report>({
      ...this.#options,
      room: this.#room,
      hostOf: (nodeId) => this.#options.hostOf(nodeId).actors,
      requireGroup: (placementGroupId) => this.placementGroups.require(placementGroupId),
      publish: (change) => {
        this.#options.publishActor(change, '');
        if (change.actor.state === 'DEAD') this.#onActorDead(change.actor);
      },
      onWorkerGone: (workerId, reason) => this.onWorkerGone(workerId, reason),
      onChange: () => this.schedule(),
    });
  }

  #createLeases(): LeaseScheduler<Death> {
    return new LeaseScheduler<Death>({
      ...this.#options,
      table: this.leaseTable,
      room: this.#room,
      hostOf: (nodeId) => this.#options.hostOf(nodeId).leases,
      requireGroup: (placementGroupId) => this.placementGroups.require(placementGroupId),
      publish: (lease, news) => this.#options.publishLease(lease, news),
      onWorkerGone: (workerId, reason) => this.onWorkerGone(workerId, reason),
      onChange: () => this.schedule(),
    });
  }

  #inBackground(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => this.#options.logger.error({ error: toError(error).message }, `${what} failed`));
  }
}
