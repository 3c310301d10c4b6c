import { ActorScheduler } from '../../../../head/actors/actor-scheduler.js';
import { SessionMonitor } from '../../../../head/membership/session-monitor.js';
import { attachNode } from '../../../../head/services/attach-node.js';
import { attachWorker } from '../../../../head/services/attach-worker.js';
import { PeerStreams } from '../../../../head/services/peer-streams.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { type JobId, type NodeId, silentLogger, systemClock } from '../../../../src/core/index.js';
import type { ActorReport, NodeCommand, NodeMessage, WorkerEvent, WorkerMessage } from '../../../../src/rpc/index.js';
import { FakeStream } from '../../../support/fake-stream.js';

const timeouts = { leaseMs: 10_000, reconnectMs: 2_000 };
const VERSION = '1.0.0';

/** The head's side of sessions, with streams that the test speaks on. */
export class SessionsFixture {
  readonly happened: string[] = [];
  readonly journal: StateJournal;
  readonly nodeSessions = new SessionMonitor<NodeId>(timeouts, systemClock, (id) =>
    this.happened.push(`${id} expired`),
  );
  readonly jobSessions = new SessionMonitor<JobId>(timeouts, systemClock, (id) => this.happened.push(`${id} expired`));
  readonly drivers = new PeerStreams<JobId, WorkerMessage, WorkerEvent>();
  readonly #nodes = new PeerStreams<NodeId, NodeMessage, NodeCommand>();
  readonly #actors: ActorScheduler<ActorReport>;

  private constructor(journal: StateJournal) {
    this.journal = journal;
    this.#actors = new ActorScheduler<ActorReport>({
      journal,
      hostOf: (nodeId) => ({
        start: async () => true,
        kill: async (actorId) => void this.happened.push(`${nodeId} kill ${actorId}`),
      }),
      publish: ({ actor }) => this.happened.push(`${actor.actorId} is ${actor.state}`),
      onChange: () => undefined,
      logger: silentLogger,
    });
  }

  static async open(): Promise<SessionsFixture> {
    const store = new MemoryHeadStore();
    const lease = await store.acquireLease('test', 60_000);
    return new SessionsFixture(new StateJournal(store, lease!));
  }

  close(): void {
    this.nodeSessions.close();
    this.jobSessions.close();
  }

  openNode(): FakeStream<NodeMessage, NodeCommand> {
    const stream = new FakeStream<NodeMessage, NodeCommand>();
    attachNode(stream.asStream, {
      ...this.#shared(),
      sessions: this.nodeSessions,
      streams: this.#nodes,
      actors: this.#actors,
      onChange: () => this.happened.push('change'),
      onLeft: (nodeId) => this.happened.push(`${nodeId} left`),
    });
    return stream;
  }

  openDriver(): FakeStream<WorkerMessage, WorkerEvent> {
    const stream = new FakeStream<WorkerMessage, WorkerEvent>();
    attachWorker(stream.asStream, {
      ...this.#shared(),
      sessions: this.jobSessions,
      streams: this.drivers,
      onFinished: (jobId) => this.happened.push(`${jobId} finished`),
    });
    return stream;
  }

  #shared() {
    const { leaseMs } = timeouts;
    return {
      clusterId: 'c1',
      version: VERSION,
      leaseMs,
      headLeaseMs: 60_000,
      journal: this.journal,
      logger: silentLogger,
    };
  }
}

export const registerNode = (nodeId: string, version = VERSION): NodeMessage => ({
  register: {
    nodeId,
    agentAddress: `${nodeId}:1`,
    hostname: `host-${nodeId}`,
    pid: 1,
    total: { units: { CPU: 20_000 } },
    version,
    nodeVersion: 'v20',
    isHeadNode: false,
  },
});

export const registerDriver = (jobId: string, version = VERSION): WorkerMessage => ({
  register: { jobId, hostname: 'host-d', pid: 9, entrypoint: 'driver.ts', version },
});

/** Lets the messages that were delivered be handled. */
export async function handled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}
