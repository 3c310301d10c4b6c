import {
  IllegalStateError,
  type JobId,
  type Logger,
  type NodeId,
  systemClock,
  toError,
  transition,
} from '../src/core/index.js';
import {
  type ActorReport,
  type NodeCommand,
  type NodeMessage,
  RpcServer,
  type WorkerEvent,
  type WorkerMessage,
} from '../src/rpc/index.js';
import { ActorScheduler } from './actors/actor-scheduler.js';
import { AgentClients } from './agent-clients.js';
import { actorHost, bundleHost } from './agent-hosts.js';
import type { HeadConfig } from './head-config.js';
import { jobTransitions } from './jobs/job-record.js';
import { LeaseKeeper } from './lease-keeper.js';
import { nodeTransitions } from './membership/node-record.js';
import { SessionMonitor } from './membership/session-monitor.js';
import { PlacementGroupScheduler } from './placement/placement-group-scheduler.js';
import { headService } from './services/head-service.js';
import { PeerStreams } from './services/peer-streams.js';
import { toActorUpdate, toPlacementGroupUpdate } from './services/wire-records.js';
import { StateJournal } from './state-journal.js';
import type { HeadStore } from './store/head-store.js';

/** How long a peer whose connection broke may take to come back, as a share of the lease. */
const RECONNECT_SHARE = 0.2;

/** The control plane: composes tables, schedulers and services, and connects what happens to one with the others. */
export class Head {
  readonly #config: HeadConfig;
  readonly #logger: Logger;
  readonly #store: HeadStore;
  readonly #journal: StateJournal;
  readonly #leaseKeeper: LeaseKeeper;
  readonly #agents: AgentClients;
  readonly #server: RpcServer;
  readonly #drivers = new PeerStreams<JobId, WorkerMessage, WorkerEvent>();
  readonly #nodes = new PeerStreams<NodeId, NodeMessage, NodeCommand>();
  readonly #nodeSessions: SessionMonitor<NodeId>;
  readonly #jobSessions: SessionMonitor<JobId>;
  readonly #placementGroups: PlacementGroupScheduler;
  readonly #actors: ActorScheduler<ActorReport>;
  #scheduling: NodeJS.Immediate | undefined;

  private constructor(config: HeadConfig, store: HeadStore, leaseKeeper: LeaseKeeper, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    this.#store = store;
    this.#leaseKeeper = leaseKeeper;
    this.#journal = new StateJournal(store, leaseKeeper);
    this.#agents = new AgentClients(this.#journal, config.credentials);
    this.#server = new RpcServer(config.credentials);
    const timeouts = { leaseMs: config.leaseMs, reconnectMs: config.leaseMs * RECONNECT_SHARE };
    this.#nodeSessions = new SessionMonitor(timeouts, systemClock, (id, reason) => this.#onNodeDied(id, reason));
    this.#jobSessions = new SessionMonitor(timeouts, systemClock, (id, reason) => this.#onDriverGone(id, reason));
    this.#placementGroups = this.#createPlacementGroupScheduler();
    this.#actors = this.#createActorScheduler();
  }

  /**
   * Takes the lease of the store and listens.
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
    const leaseKeeper = await LeaseKeeper.acquire(store, `${config.host}:${config.port}:${process.pid}`);
    if (!leaseKeeper) throw new IllegalStateError('Another head holds the lease of this store. Stop it first.');
    const head = new Head(config, store, leaseKeeper, logger);
    leaseKeeper.listen({ onLost, onRegained: () => head.#rewrite() });
    head.#serve(storeDescription);
    const port = await head.#server.listen(config.host, config.port);
    logger.info({ host: config.host, port, store: storeDescription }, 'head started');
    return { head, port };
  }

  /** Stops serving and leaves nothing of this cluster in the store. */
  async close(): Promise<void> {
    if (this.#scheduling) clearImmediate(this.#scheduling);
    this.#nodeSessions.close();
    this.#jobSessions.close();
    this.#server.close();
    this.#agents.close();
    try {
      await this.#leaseKeeper.release('clear');
    } finally {
      await this.#store.close();
    }
  }

  /** The store lost its memory, which this head has. */
  #rewrite(): void {
    this.#logger.warn({}, 'the store has lost its records; they are written again');
    this.#inBackground(this.#journal.writeAll(), 'writing the records again');
  }

  #serve(storeDescription: string): void {
    const { clusterId, version, leaseMs, headLeaseMs } = this.#config;
    const shared = { clusterId, version, leaseMs, headLeaseMs, journal: this.#journal, logger: this.#logger };
    const handlers = headService({
      node: {
        ...shared,
        sessions: this.#nodeSessions,
        streams: this.#nodes,
        actors: this.#actors,
        onChange: () => this.#schedule(),
        onLeft: (nodeId) => this.#onNodeDied(nodeId, 'it was stopped'),
      },
      driver: {
        ...shared,
        sessions: this.#jobSessions,
        streams: this.#drivers,
        onFinished: (jobId) => this.#onDriverGone(jobId, 'it disconnected'),
      },
      placementGroups: this.#placementGroups,
      actors: this.#actors,
      storeDescription,
    });
    this.#server.addService('HeadService', handlers);
  }

  #createPlacementGroupScheduler(): PlacementGroupScheduler {
    return new PlacementGroupScheduler({
      journal: this.#journal,
      hostOf: (nodeId) => bundleHost(this.#agents, nodeId),
      publish: (group) => this.#drivers.send(group.jobId, { placementGroupUpdate: toPlacementGroupUpdate(group) }),
      onChange: () => this.#schedule(),
      logger: this.#logger,
    });
  }

  #createActorScheduler(): ActorScheduler<ActorReport> {
    return new ActorScheduler({
      journal: this.#journal,
      hostOf: (nodeId) => actorHost(this.#agents, nodeId),
      publish: ({ actor, report }) =>
        this.#drivers.send(actor.jobId, { actorUpdate: toActorUpdate(actor, report?.death ?? undefined) }),
      onChange: () => this.#schedule(),
      logger: this.#logger,
    });
  }

  /** Looks for work for both schedulers; many changes in one turn of the event loop make one look. */
  #schedule(): void {
    this.#scheduling ??= setImmediate(() => {
      this.#scheduling = undefined;
      this.#placementGroups.schedule();
      this.#actors.schedule();
    });
  }

  #onNodeDied(nodeId: NodeId, reason: string): void {
    const node = this.#journal.nodes.get(nodeId);
    this.#nodeSessions.forget(nodeId);
    if (!node || node.state === 'DEAD') return;
    const state = transition(nodeTransitions, 'Node', nodeId, node.state, 'DEAD');
    this.#logger.warn({ nodeId, hostname: node.hostname, reason }, 'node died');
    this.#agents.drop(nodeId);
    const work = async (): Promise<void> => {
      await this.#journal.putNode({ ...node, state, deathReason: reason });
      await this.#actors.onNodeDied(nodeId, reason);
      this.#placementGroups.onNodeDied(nodeId);
      this.#schedule();
    };
    this.#inBackground(work(), 'node death');
  }

  #onDriverGone(jobId: JobId, reason: string): void {
    const job = this.#journal.jobs.get(jobId);
    this.#jobSessions.forget(jobId);
    if (!job || job.state === 'FINISHED') return;
    const state = transition(jobTransitions, 'Job', jobId, job.state, 'FINISHED');
    this.#logger.info({ jobId, reason }, 'driver gone');
    const message = `Its owner, the driver ${job.entrypoint} (pid ${job.pid} on ${job.hostname}), is gone: ${reason}.`;
    const work = async (): Promise<void> => {
      await this.#journal.putJob({ ...job, state });
      await this.#actors.killOfJob(jobId, message);
      const groups = [...this.#journal.placementGroups.values()].filter((group) => group.jobId === jobId);
      await Promise.allSettled(groups.map((group) => this.#placementGroups.remove(group.placementGroupId, message)));
    };
    this.#inBackground(work(), 'end of a job');
  }

  #inBackground(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => this.#logger.error({ error: toError(error).message }, `${what} failed`));
  }
}
