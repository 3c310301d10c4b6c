import { hostname } from 'node:os';
import { type Logger, type NodeId, systemClock, type WorkerId } from '../src/core/index.js';
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
import { HeadPlaces } from './head-places.js';
import { ClockSkews } from './membership/clock-skews.js';
import { DrainKeeper } from './membership/drain-keeper.js';
import { SessionMonitor } from './membership/session-monitor.js';
import { StandbyTable } from './membership/standby-table.js';
import { PeerEnds } from './peer-ends.js';
import { GroupLog } from './placement/group-log.js';
import { BundleReconciler } from './recovery/bundle-reconciler.js';
import { Scheduler } from './scheduler.js';
import type { HeadScheduler } from './services/node-reports.js';
import { PeerStreams } from './services/peer-streams.js';
import { toWireDeath } from './services/wire-actors.js';
import { WorkerNews } from './services/worker-news.js';
import type { StateJournal } from './state-journal.js';
import type { HeadStore } from './store/head-store.js';
import { TaskEventRing } from './tasks/task-event-ring.js';

/** How long a peer whose connection broke may take to come back, as a share of the lease. */
const RECONNECT_SHARE = 0.2;

export interface ComposeHeadOptions {
  /** With the id of the cluster that the head goes on with. */
  readonly config: HeadConfig;
  readonly store: HeadStore;
  /** With the records that the head goes on with. */
  readonly journal: StateJournal;
  /** host:port where the head is reached. */
  readonly address: string;
  readonly logger: Logger;
}

/** What a head consists of: tables, schedulers and the connections to its peers, each wired to those it tells. */
export interface HeadParts extends ComposeHeadOptions {
  readonly agents: AgentClients;
  readonly nodes: PeerStreams<NodeId, NodeMessage, NodeCommand>;
  readonly workers: PeerStreams<WorkerId, WorkerMessage, WorkerEvent>;
  readonly nodeSessions: SessionMonitor<NodeId>;
  readonly workerSessions: SessionMonitor<WorkerId>;
  readonly standbys: StandbyTable;
  readonly places: HeadPlaces;
  readonly clockSkews: ClockSkews;
  readonly drains: DrainKeeper;
  readonly taskEvents: TaskEventRing;
  readonly news: WorkerNews;
  readonly ends: PeerEnds;
  readonly scheduler: HeadScheduler;
  readonly bundles: BundleReconciler;
}

/** Makes the parts. Nothing happens before somebody calls one of them, but that sessions are watched from now on. */
export function composeHead(options: ComposeHeadOptions): HeadParts {
  const { config, journal, address, logger } = options;
  const { clusterId, leaseMs } = config;
  const agents = new AgentClients(journal, config.credentials);
  const nodes = new PeerStreams<NodeId, NodeMessage, NodeCommand>();
  const workers = new PeerStreams<WorkerId, WorkerMessage, WorkerEvent>();
  const news = new WorkerNews(journal, workers);
  const clockSkews = new ClockSkews(hostname(), logger);
  const ends = new PeerEnds({
    ...{ journal, agents, nodes, news, clockSkews, logger },
    scheduler: () => scheduler,
    nodeSessions: () => nodeSessions,
    workerSessions: () => workerSessions,
  });
  const timeouts = { leaseMs, reconnectMs: leaseMs * RECONNECT_SHARE };
  const nodeSessions = new SessionMonitor<NodeId>(timeouts, systemClock, (id, why) => ends.onNodeDied(id, why));
  const workerSessions = new SessionMonitor<WorkerId>(timeouts, systemClock, (id, why) => ends.onWorkerLeft(id, why));
  const places = new HeadPlaces({ clusterId, address, standbys: () => standbys, agents, nodes, workers, logger });
  const standbys = new StandbyTable(systemClock, () => places.tellAll());
  const scheduler = createScheduler(options, agents, news, ends);
  const drains = new DrainKeeper({
    journal,
    hasLeases: (nodeId) => [...scheduler.leaseTable.records.values()].some((lease) => lease.nodeId === nodeId),
    sendAway: (nodeId, reason) => nodes.send(nodeId, { drain: { reason } }),
    clock: systemClock,
  });
  const bundles = createBundleReconciler(options, agents, news, scheduler);
  const sessions = { nodeSessions, workerSessions };
  const tables = { standbys, places, clockSkews, drains, taskEvents: new TaskEventRing() };
  return { ...options, ...sessions, ...tables, agents, nodes, workers, news, ends, scheduler, bundles };
}

function createScheduler(
  { config, journal, logger }: ComposeHeadOptions,
  agents: AgentClients,
  news: WorkerNews,
  ends: PeerEnds,
): HeadScheduler {
  return new Scheduler<ActorReport, ActorDeath>({
    journal,
    hostOf: (nodeId) => nodeHost(agents, nodeId),
    publishActor: (change, pendingReason) => news.publishActor(change, pendingReason),
    publishGroup: (group, pendingReason) => news.publishGroup(group, pendingReason),
    publishLease: (lease, leaseNews) => news.publishLease(lease, leaseNews),
    askForLeases: (workerId) => news.askForLeases(workerId),
    onWorkerGone: (workerId) => ends.onWorkerGone(workerId),
    toDeath: toWireDeath,
    leaseMs: config.leaseMs,
    logger,
    now: Date.now,
  });
}

function createBundleReconciler(
  { journal, logger }: ComposeHeadOptions,
  agents: AgentClients,
  news: WorkerNews,
  scheduler: HeadScheduler,
): BundleReconciler {
  return new BundleReconciler({
    journal,
    log: new GroupLog({ journal, publish: (group) => news.publishGroup(group, ''), logger, now: Date.now }),
    hostOf: (nodeId) => nodeHost(agents, nodeId).bundles,
    isReserving: (placementGroupId) => scheduler.placementGroups.isReserving(placementGroupId),
    onBundlesLost: (group, indexes, reason) => scheduler.onBundlesLost(group, indexes, reason),
    onChange: () => scheduler.schedule(),
    logger,
  });
}
