import { ClockSkews } from '../../../../head/membership/clock-skews.js';
import { SessionMonitor } from '../../../../head/membership/session-monitor.js';
import { Scheduler } from '../../../../head/scheduler.js';
import { attachNode } from '../../../../head/services/attach-node.js';
import { attachWorker } from '../../../../head/services/attach-worker.js';
import type { HeadScheduler } from '../../../../head/services/node-reports.js';
import { PeerStreams } from '../../../../head/services/peer-streams.js';
import { toWireDeath } from '../../../../head/services/wire-actors.js';
import { WorkerNews } from '../../../../head/services/worker-news.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { TaskEventRing } from '../../../../head/tasks/task-event-ring.js';
import { type NodeId, silentLogger, systemClock, type WorkerId } from '../../../../src/core/index.js';
import {
  type Draft,
  messageCodec,
  type NodeCommand,
  type NodeMessage,
  type WorkerEvent,
  type WorkerMessage,
} from '../../../../src/rpc/index.js';
import { FakeStream } from '../../../support/fake-stream.js';
import { addressOf } from '../../../support/head-records.js';
import { RecordingStore } from '../../../support/recording-store.js';

const timeouts = { leaseMs: 10_000, reconnectMs: 2_000 };
const VERSION = '1.0.0';

const nodeCodec = messageCodec<NodeMessage>('NodeMessage');
const workerCodec = messageCodec<WorkerMessage>('WorkerMessage');

/** A message as it comes in: with every field set. */
export const fromNode = (message: Draft<NodeMessage>): NodeMessage => nodeCodec.decode(nodeCodec.encode(message));
export const fromWorker = (message: Draft<WorkerMessage>): WorkerMessage =>
  workerCodec.decode(workerCodec.encode(message));

/** The head's side of sessions, with streams that the test speaks on. */
export class SessionsFixture {
  readonly happened: string[] = [];
  readonly journal: StateJournal;
  readonly nodeSessions = new SessionMonitor<NodeId>(timeouts, systemClock, (id) =>
    this.happened.push(`${id} expired`),
  );
  readonly workerSessions = new SessionMonitor<WorkerId>(timeouts, systemClock, (id) =>
    this.happened.push(`${id} expired`),
  );
  readonly workers = new PeerStreams<WorkerId, WorkerMessage, WorkerEvent>();
  readonly news: WorkerNews;
  readonly scheduler: HeadScheduler;
  readonly #nodes = new PeerStreams<NodeId, NodeMessage, NodeCommand>();

  private constructor(journal: StateJournal) {
    this.journal = journal;
    this.news = new WorkerNews(journal, this.workers);
    this.scheduler = this.#createScheduler();
  }

  static async open(store = new RecordingStore()): Promise<SessionsFixture> {
    const lease = await store.acquireLease('test', 60_000);
    return new SessionsFixture(new StateJournal(store, lease!));
  }

  close(): void {
    this.scheduler.close();
    this.nodeSessions.close();
    this.workerSessions.close();
  }

  openNode(): FakeStream<NodeMessage, NodeCommand> {
    const stream = new FakeStream<NodeMessage, NodeCommand>();
    attachNode(stream.asStream, {
      ...this.#shared(),
      sessions: this.nodeSessions,
      streams: this.#nodes,
      scheduler: this.scheduler,
      bundles: { recordedOn: () => new Set(), onInventory: async () => undefined },
      clockSkews: new ClockSkews('host', silentLogger),
      onChange: () => this.happened.push('change'),
      onLeft: (nodeId) => this.happened.push(`${nodeId} left`),
    });
    return stream;
  }

  openWorker(): FakeStream<WorkerMessage, WorkerEvent> {
    const stream = new FakeStream<WorkerMessage, WorkerEvent>();
    attachWorker(stream.asStream, {
      ...this.#shared(),
      sessions: this.workerSessions,
      streams: this.workers,
      news: this.news,
      scheduler: this.scheduler,
      taskEvents: new TaskEventRing(),
      onLeft: (workerId) => this.happened.push(`${workerId} left`),
    });
    return stream;
  }

  #createScheduler(): HeadScheduler {
    return new Scheduler({
      journal: this.journal,
      hostOf: (nodeId) => ({
        bundles: { prepare: async () => [], commit: async () => undefined, giveBack: async () => undefined },
        actors: {
          start: async () => true,
          kill: async (actorId) => void this.happened.push(`${nodeId} kill ${actorId}`),
        },
        leases: {
          lease: async ({ leaseId }) => ({ kind: 'leased', address: addressOf(`worker-of-${leaseId}`, nodeId) }),
          giveBack: async (leaseId) => void this.happened.push(`${nodeId} takes ${leaseId} back`),
        },
      }),
      publishActor: (change, reason) => {
        this.happened.push(`${change.actor.actorId} is ${change.actor.state}`);
        this.news.publishActor(change, reason);
      },
      publishGroup: (group, reason) => this.news.publishGroup(group, reason),
      publishLease: (lease, news) => this.news.publishLease(lease, news),
      askForLeases: (workerId) => this.news.askForLeases(workerId),
      onWorkerGone: (workerId) => this.happened.push(`${workerId} is gone`),
      toDeath: toWireDeath,
      leaseMs: timeouts.leaseMs,
      logger: silentLogger,
      now: Date.now,
    });
  }

  #shared() {
    const { leaseMs } = timeouts;
    return {
      clusterId: 'c1',
      version: VERSION,
      leaseMs,
      headLeaseMs: 60_000,
      headAddresses: () => ['head:1'],
      journal: this.journal,
      logger: silentLogger,
    };
  }
}

export const registerNode = (nodeId: string, version = VERSION, rejoins = false): NodeMessage =>
  fromNode({
    register: {
      nodeId,
      agentAddress: `${nodeId}:1`,
      hostname: `host-${nodeId}`,
      pid: 1,
      total: { units: { CPU: 20_000 } },
      labels: { zone: 'a' },
      nodeName: `name-${nodeId}`,
      objectStoreBytes: 1_000,
      version,
      nodeVersion: 'v20',
      rejoins,
    },
  });

type Registration = NonNullable<Draft<WorkerMessage>['register']>;

export const registerDriver = (jobId: string, change: Registration = {}): WorkerMessage =>
  registerWorker(`driver-${jobId}`, { jobId, isDriver: true, entrypoint: 'driver.ts', ...change });

export const registerWorker = (workerId: string, change: Registration = {}): WorkerMessage =>
  fromWorker({ register: { jobId: 'j1', workerId, hostname: 'host-d', pid: 9, version: VERSION, ...change } });

/** Lets the messages that were delivered be handled. */
export async function handled(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate);
}
