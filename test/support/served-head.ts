import type { Head } from '../../head/head.js';
import { startHead } from '../../head/start-head.js';
import { MemoryHeadStore } from '../../head/store/memory-head-store.js';
import { HeadUnavailableError, type Resources, silentLogger, toFixedPoint } from '../../src/core/index.js';
import { type ActorSpec, type Draft, RpcClient } from '../../src/rpc/index.js';
import { HEAD_TOKEN, headConfig } from './head-config.js';
import { TestAgent } from './test-agent.js';
import { TestDriver } from './test-driver.js';

/** A head in this process, reached over gRPC by one driver and the agents that a test adds. */
export class ServedHead {
  readonly client: RpcClient<'HeadService'>;
  /** Of the job `j1`. */
  readonly driver: TestDriver;
  readonly #head: Head;
  readonly #agents: TestAgent[] = [];

  private constructor(head: Head, client: RpcClient<'HeadService'>) {
    this.#head = head;
    this.client = client;
    this.driver = new TestDriver(client, 'j1');
  }

  static async start(): Promise<ServedHead> {
    const { head, port } = await startHead(headConfig, new MemoryHeadStore(), 'memory', silentLogger, () => undefined);
    const client = new RpcClient('HeadService', {
      address: `127.0.0.1:${port}`,
      credentials: { token: HEAD_TOKEN },
      peer: 'The head',
      unavailable: (message, cause) => new HeadUnavailableError(message, { cause }),
    });
    const served = new ServedHead(head, client);
    await served.driver.registered.promise;
    return served;
  }

  /** @param version default that of the head. */
  async addAgent(nodeId: string, total: Resources, version?: string): Promise<TestAgent> {
    const agent = new TestAgent(nodeId);
    this.#agents.push(agent);
    await agent.join(this.client, total, version);
    return agent;
  }

  createGroup(id: string, ...bundles: Resources[]) {
    return this.client.call('createPlacementGroup', {
      placementGroupId: id,
      jobId: 'j1',
      creatorWorkerId: 'driver-j1',
      strategy: 'PLACEMENT_STRATEGY_PACK',
      bundles: bundles.map((bundle) => ({ units: toFixedPoint(bundle) })),
    });
  }

  createActor(actorId: string, change: Draft<ActorSpec> = {}) {
    return this.client.call('createActor', { spec: specOf(actorId, change) });
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) agent.vanish();
    this.client.close();
    await this.#head.close();
  }
}

/** An actor of the driver's. */
export const specOf = (actorId: string, change: Draft<ActorSpec> = {}): Draft<ActorSpec> => ({
  actorId,
  jobId: 'j1',
  actorClass: { modulePath: '/m.js', name: 'Counter' },
  resources: { units: toFixedPoint({ CPU: 1 }) },
  ownerWorkerId: 'driver-j1',
  ...change,
});

export const inGroup = (placementGroupId: string): Draft<ActorSpec> => ({
  strategy: { bundle: { placementGroupId, bundleIndex: -1 } },
});
