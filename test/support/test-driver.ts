import { Deferred } from '../../src/core/index.js';
import type {
  ActorUpdate,
  Draft,
  LeaseUpdate,
  MessageStream,
  PlacementGroupUpdate,
  RpcClient,
  WorkerEvent,
  WorkerMessage,
} from '../../src/rpc/index.js';
import { HEAD_VERSION, SHORT_LEASE_MS } from './head-config.js';
import { Inbox } from './inbox.js';

/** A driver's session, and what it is told. */
export class TestDriver {
  readonly actors = new Inbox<ActorUpdate>();
  readonly groups = new Inbox<PlacementGroupUpdate>();
  readonly leases = new Inbox<LeaseUpdate>();
  readonly #stream: MessageStream<WorkerEvent, WorkerMessage>;
  readonly registered = new Deferred<void>();
  readonly #beating: NodeJS.Timeout;

  constructor(head: RpcClient<'HeadService'>, jobId: string) {
    this.#stream = head.stream('attachWorker');
    this.#stream.receive(({ registered, actorUpdate, placementGroupUpdate, leaseUpdate }) => {
      if (registered) this.registered.resolve();
      if (actorUpdate) this.actors.push(actorUpdate);
      if (placementGroupUpdate) this.groups.push(placementGroupUpdate);
      if (leaseUpdate) this.leases.push(leaseUpdate);
    });
    const driver = { jobId, workerId: `driver-${jobId}`, isDriver: true, entrypoint: 'driver.ts', namespace: 'lab' };
    this.send({ register: { ...driver, hostname: 'h', pid: 9, version: HEAD_VERSION } });
    this.#beating = setInterval(() => this.send({ heartbeat: {} }), SHORT_LEASE_MS / 5);
    this.#stream.onEnd(() => clearInterval(this.#beating));
  }

  send(message: Draft<WorkerMessage>): void {
    void this.#stream.send(message);
  }

  sayGoodbye(): void {
    this.send({ goodbye: {} });
    this.#stream.close();
  }
}
