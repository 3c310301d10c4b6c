import { hostname } from 'node:os';
import {
  type JobId,
  type Logger,
  type NodeId,
  systemClock,
  toError,
  transition,
  type WorkerId,
} from '../src/core/index.js';
import type {
  ActorDeath,
  ActorReport,
  NodeCommand,
  NodeMessage,
  WorkerEvent,
  WorkerMessage,
} from '../src/rpc/index.js';
import { AgentClients } from './agent-clients.js';
import { nodeHost } from './agent-hosts.js';
import type { HeadConfig } from './head-config.js';
import { HeadDoor } from './head-door.js';
import { jobTransitions } from './jobs/job-record.js';
import { KeyValueTable } from './kv/key-value-table.js';
import { CLUSTER_ROW, type LeaseKeeper } from './lease-keeper.js';
import { ClockSkews } from './membership/clock-skews.js';
import { DrainKeeper } from './membership/drain-keeper.js';
import { nodeTransitions } from './membership/node-record.js';
import { SessionMonitor } from './membership/session-monitor.js';
import { StandbyTable } from './membership/standby-table.js';
import { PackageStore } from './packages/package-store.js';
import { GroupLog } from './placement/group-log.js';
import { BundleReconciler } from './recovery/bundle-reconciler.js';
import { encodeHeadRow, HEAD_ROW } from './recovery/head-row.js';
import { openCluster } from './recovery/open-cluster.js';
import { type Recovery, recover } from './recovery/recover.js';
import { Scheduler } from './scheduler.js';
import { boundedByStore } from './services/bounded-by-store.js';
import { clusterService } from './services/cluster-service.js';
import { forwardLogLines } from './services/forward-log-lines.js';
import { headService } from './services/head-service.js';
import type { HeadScheduler } from './services/node-reports.js';
import { PeerStreams } from './services/peer-streams.js';
import { toWireDeath } from './services/wire-actors.js';
import { toNodeUpdate } from './services/wire-records.js';
import { WorkerNews } from './services/worker-news.js';
import { StateJournal } from './state-journal.js';
import type { HeadStore } from './store/head-store.js';
import { TaskEventRing } from './tasks/task-event-ring.js';
import { waitForLease } from './wait-for-lease.js';

/** How long a peer whose connection broke may take to come back, as a share of the lease. */
const RECONNECT_SHARE = 0.2;

/** How often drains and standbys are looked at. */
const TICK_MS = 500;

export interface LeadOptions {
  readonly config: HeadConfig;
  readonly store: HeadStore;
  /** How the head keeps its state, for people. */
  readonly storeDescription: string;
  /** The lease of the store: held, and the head's from now on. */
  readonly lease: LeaseKeeper;
  /** Listens already; the head opens it, and closes it at its end. */
  readonly door: HeadDoor;
  /** host:port of the door. */
  readonly address: string;
  readonly logger: Logger;
  /** Called when another head has taken the lease: this one must end. */
  readonly onLost: (reason: string) => void;
}

/** The control plane: composes tables, schedulers and services, and connects what happens to one with the others. */
export class Head {
  readonly #config: HeadConfig;
  readonly #logger: Logger;
  readonly #store: HeadStore;
  readonly #journal: StateJournal;
  readonly #lease: LeaseKeeper;
  readonly #door: HeadDoor;
  readonly #address: string;
  readonly #agents: AgentClients;
  readonly #standbys: StandbyTable;
  readonly #clockSkews: ClockSkews;
  readonly #drains: DrainKeeper;
  readonly #taskEvents = new TaskEventRing();
  readonly #timer: NodeJS.Timeout;
  readonly #workers = new PeerStreams<WorkerId, WorkerMessage, WorkerEvent>();
  readonly #nodes = new PeerStreams<NodeId, NodeMessage, NodeCommand>();
  readonly #nodeSessions: SessionMonitor<NodeId>;
  readonly #workerSessions: SessionMonitor<WorkerId>;
  readonly #news: WorkerNews;
  readonly #scheduler: HeadScheduler;

  /** @param journal with the records that the head goes on with. */
  private constructor({ config, store, lease, door, address, logger }: LeadOptions, journal: StateJournal) {
    this.#config = config;
    this.#logger = logger;
    this.#store = store;
    this.#lease = lease;
    this.#door = door;
    this.#address = address;
    this.#journal = journal;
    this.#agents = new AgentClients(this.#journal, config.credentials);
    this.#standbys = new StandbyTable(systemClock, () => this.#tellHeadAddresses());
    this.#clockSkews = new ClockSkews(hostname(), logger);
    this.#drains = new DrainKeeper({
      journal,
      hasLeases: (nodeId) => [...this.#scheduler.leaseTable.records.values()].some((lease) => lease.nodeId === nodeId),
      sendAway: (nodeId, reason) => this.#nodes.send(nodeId, { drain: { reason } }),
      clock: systemClock,
    });
    this.#timer = setInterval(() => {
      this.#drains.tick();
      this.#standbys.expire();
    }, TICK_MS).unref();
    const timeouts = { leaseMs: config.leaseMs, reconnectMs: config.leaseMs * RECONNECT_SHARE };
    this.#nodeSessions = new SessionMonitor(timeouts, systemClock, (id, reason) => this.#onNodeDied(id, reason));
    this.#workerSessions = new SessionMonitor(timeouts, systemClock, (id, reason) => this.#onWorkerLeft(id, reason));
    this.#news = new WorkerNews(this.#journal, this.#workers);
    this.#scheduler = this.#createScheduler();
  }

  /**
   * Listens, waits for the lease of a head that died, and goes on with its cluster or begins a new one.
   * @param onLost called when another head has taken the lease: this one must end.
   * @returns the head and the port it listens on.
   */
  static async start(
    config: HeadConfig,
    store: HeadStore,
    storeDescription: string,
    logger: Logger,
    onLost: (reason: string) => void,
  ): Promise<{ head: Head; port: number }> {
    const door = new HeadDoor(config.credentials);
    try {
      const port = await door.listen(config.host, config.port);
      const lease = await waitForLease(store, holderName(config), config.takeoverMs);
      const address = `${config.host}:${port}`;
      return { head: await Head.lead({ config, store, storeDescription, lease, door, address, logger, onLost }), port };
    } catch (error) {
      door.close();
      throw error;
    }
  }

  /**
   * Goes on with the cluster in the store, or begins a new one where there is none.
   * @throws {InvalidArgumentError}, {IllegalStateError} when it may not; the lease is released then.
   */
  static async lead(options: LeadOptions): Promise<Head> {
    const { config, store, lease, address, logger, onLost } = options;
    try {
      const { token } = config.credentials;
      const opened = await openCluster(store, lease.epoch, { ...config, token }, config.records);
      const recovery = recover(opened.tables);
      const journal = new StateJournal(store, lease);
      journal.adopt(recovery.state, opened.tables);
      const { clusterId } = opened.row;
      const head = new Head({ ...options, config: { ...config, clusterId } }, journal);
      lease.listen({ onLost, onRegained: () => head.#rewrite() });
      if (opened.isNew) await journal.putRow('metadata', CLUSTER_ROW, Buffer.from(JSON.stringify(opened.row)));
      await journal.putRow('metadata', HEAD_ROW, encodeHeadRow({ address, hostname: hostname(), pid: process.pid }));
      head.#resume(recovery);
      head.#serve(options.storeDescription);
      logger.info({ address, store: options.storeDescription, clusterId, isNew: opened.isNew }, 'head started');
      return head;
    } catch (error) {
      await lease.release('keep');
      throw error;
    }
  }

  get clusterId(): string {
    return this.#config.clusterId;
  }

  /** Stops serving. Leaves nothing of this cluster in the store, unless a standby is there to go on with it. */
  async close(): Promise<void> {
    this.#scheduler.close();
    clearInterval(this.#timer);
    this.#nodeSessions.close();
    this.#workerSessions.close();
    this.#door.close();
    this.#agents.close();
    try {
      await this.#lease.release(this.#standbys.list().length > 0 ? 'keep' : 'clear');
    } finally {
      await this.#store.close();
    }
  }

  /** Waits for those who were there, and ends what an earlier head had not finished to end. */
  #resume({ state, awaitedJobIds, unfinishedJobIds, unburiedNodeIds }: Recovery): void {
    for (const nodeId of state.nodes.keys()) {
      this.#nodeSessions.expect(nodeId);
      this.#inBackground(this.#announceTo(nodeId), 'telling a node where the head is');
    }
    for (const jobId of awaitedJobIds) this.#workerSessions.expect(state.jobs.get(jobId)!.driverWorkerId);
    for (const nodeId of unburiedNodeIds)
      this.#inBackground(this.#scheduler.onNodeDied(nodeId, 'it died'), 'node death');
    for (const jobId of unfinishedJobIds) {
      const message = 'Its owner, the driver, is gone.';
      this.#inBackground(this.#scheduler.endJob(jobId, undefined, message), 'end of a job');
    }
    this.#scheduler.actors.resume();
    if (state.nodes.size === 0) return;
    const counts = { nodes: state.nodes.size, jobs: state.jobs.size, actors: state.actors.size };
    this.#logger.info({ ...counts, groups: state.placementGroups.size }, 'goes on with what it found in the store');
  }

  /** For a head that was started where nobody looks for it. */
  async #announceTo(nodeId: NodeId): Promise<void> {
    const headAddresses = { addresses: this.#headAddresses() };
    await this.#agents.get(nodeId).call('headMoved', { clusterId: this.#config.clusterId, headAddresses });
  }

  #headAddresses(): string[] {
    return [this.#address, ...this.#standbys.list().map(({ address }) => address)];
  }

  #tellHeadAddresses(): void {
    const headAddresses = { addresses: this.#headAddresses() };
    this.#logger.info(headAddresses, 'standbys came or went');
    this.#nodes.broadcast({ headAddresses });
    this.#workers.broadcast({ headAddresses });
  }

  /** The store lost what this head still has. */
  #rewrite(): void {
    this.#logger.warn({}, 'the store has lost records; all are written again');
    this.#inBackground(this.#journal.catchUp(), 'writing the records again');
  }

  #serve(storeDescription: string): void {
    const { clusterId, version, leaseMs, headLeaseMs } = this.#config;
    const shared = { clusterId, version, leaseMs, headLeaseMs, journal: this.#journal, logger: this.#logger };
    const handlers = headService({
      node: {
        ...shared,
        headAddresses: () => this.#headAddresses(),
        bundles: this.#createBundleReconciler(),
        clockSkews: this.#clockSkews,
        sessions: this.#nodeSessions,
        streams: this.#nodes,
        scheduler: this.#scheduler,
        onChange: () => this.#scheduler.schedule(),
        onReport: (_nodeId, { logLines }) => {
          if (logLines) forwardLogLines(logLines, this.#journal, this.#workers);
        },
        onLeft: (nodeId) => this.#onNodeDied(nodeId, 'it was stopped'),
      },
      worker: {
        ...shared,
        sessions: this.#workerSessions,
        streams: this.#workers,
        news: this.#news,
        scheduler: this.#scheduler,
        taskEvents: this.#taskEvents,
        headAddresses: () => this.#headAddresses(),
        onLeft: (workerId) => this.#onWorkerLeft(workerId, 'it disconnected'),
      },
      standbys: this.#standbys,
      storeDescription,
    });
    const others = clusterService({
      keys: new KeyValueTable(this.#journal),
      packages: new PackageStore(this.#store, this.#journal),
      taskEvents: this.#taskEvents,
      drains: this.#drains,
      standbys: this.#standbys,
      version,
    });
    const { storeWaitMs } = this.#config;
    this.#door.open(boundedByStore({ ...handlers, ...others }, this.#journal, storeWaitMs));
  }

  #createGroupLog(): GroupLog {
    return new GroupLog({
      journal: this.#journal,
      publish: (group) => this.#news.publishGroup(group, ''),
      logger: this.#logger,
      now: () => Date.now(),
    });
  }

  #createBundleReconciler(): BundleReconciler {
    return new BundleReconciler({
      journal: this.#journal,
      log: this.#createGroupLog(),
      hostOf: (nodeId) => nodeHost(this.#agents, nodeId).bundles,
      isReserving: (placementGroupId) => this.#scheduler.placementGroups.isReserving(placementGroupId),
      onBundlesLost: (group, indexes, reason) => this.#scheduler.onBundlesLost(group, indexes, reason),
      onChange: () => this.#scheduler.schedule(),
      logger: this.#logger,
    });
  }

  #createScheduler(): HeadScheduler {
    return new Scheduler<ActorReport, ActorDeath>({
      journal: this.#journal,
      hostOf: (nodeId) => nodeHost(this.#agents, nodeId),
      publishActor: (change, pendingReason) => this.#news.publishActor(change, pendingReason),
      publishGroup: (group, pendingReason) => this.#news.publishGroup(group, pendingReason),
      publishLease: (lease, news) => this.#news.publishLease(lease, news),
      askForLeases: (workerId) => this.#news.askForLeases(workerId),
      onWorkerGone: (workerId) => this.#onWorkerGone(workerId),
      toDeath: toWireDeath,
      leaseMs: this.#config.leaseMs,
      logger: this.#logger,
      now: Date.now,
    });
  }

  /** Its objects and leases end on every node. */
  #onWorkerGone(workerId: WorkerId): void {
    this.#news.unfollow(workerId);
    for (const { nodeId, state } of this.#journal.nodes.values()) {
      if (state === 'ALIVE') this.#nodes.send(nodeId, { workersGone: { workerIds: [workerId] } });
    }
  }

  /** A worker said goodbye, or did not come back. What another one than a driver owned ends when its process does. */
  #onWorkerLeft(workerId: WorkerId, reason: string): void {
    this.#workerSessions.forget(workerId);
    const job = [...this.#journal.jobs.values()].find(({ driverWorkerId }) => driverWorkerId === workerId);
    if (job) {
      this.#onDriverGone(job.jobId, reason);
      return;
    }
    this.#news.unfollow(workerId);
    this.#scheduler.leases.onHolderGone(workerId);
  }

  #onNodeDied(nodeId: NodeId, reason: string): void {
    const node = this.#journal.nodes.get(nodeId);
    this.#nodeSessions.forget(nodeId);
    if (!node || node.state === 'DEAD') return;
    const state = transition(nodeTransitions, 'Node', nodeId, node.state, 'DEAD');
    this.#logger.warn({ nodeId, hostname: node.hostname, reason }, 'node died');
    this.#agents.drop(nodeId);
    this.#clockSkews.forget(nodeId);
    const work = async (): Promise<void> => {
      const dead = { ...node, state, deathReason: reason, endedAtMs: Date.now() };
      await this.#journal.putNode(dead);
      this.#news.publishNode(dead);
      this.#nodes.broadcast({ nodeUpdate: toNodeUpdate(dead) });
      await this.#scheduler.onNodeDied(nodeId, reason);
    };
    this.#inBackground(work(), 'node death');
  }

  #onDriverGone(jobId: JobId, reason: string): void {
    const job = this.#journal.jobs.get(jobId);
    if (!job || job.state === 'FINISHED') return;
    const state = transition(jobTransitions, 'Job', jobId, job.state, 'FINISHED');
    this.#logger.info({ jobId, reason }, 'driver gone');
    const message = `Its owner, the driver ${job.entrypoint} (pid ${job.pid} on ${job.hostname}), is gone: ${reason}.`;
    const work = async (): Promise<void> => {
      await this.#journal.putJob({ ...job, state, endedAtMs: Date.now() });
      await this.#scheduler.endJob(jobId, job.driverWorkerId, message);
    };
    this.#inBackground(work(), 'end of a job');
  }

  #inBackground(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => this.#logger.error({ error: toError(error).message }, `${what} failed`));
  }
}

/** Who holds the lease, for the next head on this host and for people: the same name for the next head of this session. */
const holderName = ({ host, sessionDirectory }: HeadConfig): string => `${host} ${sessionDirectory}`;
