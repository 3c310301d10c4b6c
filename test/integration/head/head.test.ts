import { Head } from '../../../head/head.js';
import { MemoryHeadStore } from '../../../head/store/memory-head-store.js';
import {
  ActorAlreadyExistsError,
  ActorUnschedulableError,
  Deferred,
  HeadUnavailableError,
  IllegalStateError,
  InvalidArgumentError,
  PlacementGroupInfeasibleError,
  type Resources,
  silentLogger,
  toFixedPoint,
} from '../../../src/core/index.js';
import {
  type ActorSpec,
  type ActorUpdate,
  type Draft,
  type LeaseUpdate,
  type MessageStream,
  type NodeCommand,
  type NodeMessage,
  type PlacementGroupUpdate,
  RpcClient,
  RpcServer,
  type StreamEnd,
  type WorkerEvent,
  type WorkerMessage,
} from '../../../src/rpc/index.js';

const TOKEN = 'the-token';
const VERSION = '1.2.3';
const LEASE_MS = 2_000;

/** Resolves with the first of the messages, past and future, that a test looks for. */
class Inbox<Message> {
  readonly messages: Message[] = [];
  #changed = new Deferred<void>();

  push(message: Message): void {
    this.messages.push(message);
    this.#changed.resolve();
    this.#changed = new Deferred();
  }

  async find(isWanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(isWanted);
      if (found !== undefined) return found;
      await this.#changed.promise;
    }
  }
}

/** An agent that does as it is told, and notes what that was. */
class TestAgent {
  readonly asked = new Inbox<string>();
  readonly ended = new Deferred<StreamEnd>();
  readonly #server = new RpcServer({ token: TOKEN });
  readonly #nodeId: string;
  #stream: MessageStream<NodeCommand, NodeMessage> | undefined;

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
    this.#server.addService('AgentService', {
      prepareBundles: async ({ placementGroupId, bundles }) => {
        this.asked.push(`prepare ${placementGroupId} [${bundles.map(({ index }) => index).join(' ')}]`);
        return { prepared: true, gpus: bundles.map(() => ({ gpuIds: [] })) };
      },
      commitBundles: async ({ placementGroupId }) => {
        this.asked.push(`commit ${placementGroupId}`);
        return {};
      },
      returnBundles: async ({ placementGroupId }) => {
        this.asked.push(`return ${placementGroupId}`);
        return {};
      },
      startActor: async ({ spec, bundleIndex, numRestarts }) => {
        const again = numRestarts > 0 ? ` (restart ${numRestarts})` : '';
        this.asked.push(`start ${spec?.actorId} in bundle ${bundleIndex}${again}`);
        return { started: true };
      },
      leaseWorker: async ({ leaseId, holderWorkerId }) => {
        this.asked.push(`lease ${leaseId} for ${holderWorkerId}`);
        return { leased: true, address: this.#addressOf(`worker-of-${leaseId}`) };
      },
      returnWorker: async ({ leaseId, force }) => {
        this.asked.push(`return ${leaseId}${force ? ' and end its worker' : ''}`);
        return {};
      },
      killActor: async ({ actorId, kind, message, graceful }) => {
        this.asked.push(`kill ${actorId} ${kind}${graceful ? ' after its calls' : ''}`);
        const death = {
          kind,
          message,
          exitCode: -1,
          signal: 'SIGKILL',
          hostname: 'h',
          pid: 7,
          stderrTail: ['last words'],
        };
        this.send({ actorReport: { actorId, state: 'ACTOR_LIFE_STATE_DEAD', death } });
        return {};
      },
    });
  }

  async join(head: RpcClient<'HeadService'>, total: Resources, version = VERSION): Promise<void> {
    const port = await this.#server.listen('127.0.0.1', 0);
    const registered = new Deferred<void>();
    this.#stream = head.stream('attachNode');
    this.#stream.receive((command) => {
      if (command.registered) registered.resolve();
      for (const workerId of command.workersGone?.workerIds ?? []) this.asked.push(`${workerId} is gone`);
    });
    this.#stream.onEnd((end) => {
      this.ended.resolve(end);
      registered.resolve();
    });
    this.send({
      register: {
        nodeId: this.#nodeId,
        agentAddress: `127.0.0.1:${port}`,
        hostname: `host-${this.#nodeId}`,
        pid: 1,
        total: { units: toFixedPoint(total) },
        version,
        nodeVersion: process.version,
        isHeadNode: false,
      },
    });
    await registered.promise;
  }

  send(message: Draft<NodeMessage>): void {
    void this.#stream?.send(message);
  }

  sayAlive(actorId: string, workerId = `worker-of-${actorId}`): void {
    const address = this.#addressOf(workerId);
    this.send({ actorReport: { actorId, state: 'ACTOR_LIFE_STATE_ALIVE', address } });
  }

  sayDead(actorId: string, workerId = `worker-of-${actorId}`): void {
    const death = { kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED', message: 'It crashed.', exitCode: 3 } as const;
    const address = this.#addressOf(workerId);
    this.send({ actorReport: { actorId, state: 'ACTOR_LIFE_STATE_DEAD', address, death } });
  }

  #addressOf(workerId: string) {
    return { nodeId: this.#nodeId, hostname: 'h', pid: 7, rpcAddress: 'h:7', workerId, gpuIds: [] };
  }

  /** As kill -9 would. */
  vanish(): void {
    this.#stream?.close(new Error('killed'));
    this.#server.close();
  }
}

/** A driver's session, and what it is told. */
class TestDriver {
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
    this.send({ register: { ...driver, hostname: 'h', pid: 9, version: VERSION } });
    this.#beating = setInterval(() => this.send({ heartbeat: {} }), LEASE_MS / 5);
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

describe('the head', () => {
  let head: Head;
  let client: RpcClient<'HeadService'>;
  let agents: TestAgent[];
  let driver: TestDriver;

  beforeEach(async () => {
    agents = [];
    const config = {
      host: '127.0.0.1',
      port: 0,
      credentials: { token: TOKEN },
      clusterId: 'c1',
      clusterName: '',
      records: 'keep',
      role: 'head',
      version: VERSION,
      store: { kind: 'embedded' },
      sessionDirectory: '',
      leaseMs: LEASE_MS,
      headLeaseMs: 10_000,
      storeWaitMs: 10_000,
      takeoverMs: 0,
    } as const;
    const started = await Head.start(config, new MemoryHeadStore(), 'memory', silentLogger, () => undefined);
    head = started.head;
    client = new RpcClient('HeadService', {
      address: `127.0.0.1:${started.port}`,
      credentials: { token: TOKEN },
      peer: 'The head',
      unavailable: (message, cause) => new HeadUnavailableError(message, { cause }),
    });
    driver = new TestDriver(client, 'j1');
    await driver.registered.promise;
  });

  afterEach(async () => {
    for (const agent of agents) agent.vanish();
    client.close();
    await head.close();
  });

  async function addAgent(nodeId: string, total: Resources): Promise<TestAgent> {
    const agent = new TestAgent(nodeId);
    agents.push(agent);
    await agent.join(client, total);
    return agent;
  }

  const createGroup = (id: string, ...bundles: Resources[]) =>
    client.call('createPlacementGroup', {
      placementGroupId: id,
      jobId: 'j1',
      creatorWorkerId: 'driver-j1',
      strategy: 'PLACEMENT_STRATEGY_PACK',
      bundles: bundles.map((bundle) => ({ units: toFixedPoint(bundle) })),
    });

  const specOf = (actorId: string, change: Draft<ActorSpec> = {}): Draft<ActorSpec> => ({
    actorId,
    jobId: 'j1',
    actorClass: { modulePath: '/m.js', name: 'Counter' },
    resources: { units: toFixedPoint({ CPU: 1 }) },
    ownerWorkerId: 'driver-j1',
    ...change,
  });
  const inGroup = (placementGroupId: string): Draft<ActorSpec> => ({
    strategy: { bundle: { placementGroupId, bundleIndex: -1 } },
  });

  it('places a group and an actor in it, and tells their owner', async () => {
    const agent = await addAgent('n1', { CPU: 2 });
    await createGroup('g1', { CPU: 1 }, { CPU: 1 });
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED');
    await client.call('createActor', { spec: specOf('a1', inGroup('g1')) });
    await agent.asked.find((asked) => asked === 'start a1 in bundle 0');
    agent.sayAlive('a1');
    const update = await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    expect(update.address).toMatchObject({ nodeId: 'n1', rpcAddress: 'h:7' });
    expect(agent.asked.messages).toEqual(['prepare g1 [0 1]', 'commit g1', 'start a1 in bundle 0']);
  });

  it('shows what its tables hold', async () => {
    await addAgent('n1', { CPU: 2 });
    await client.call('createActor', { spec: specOf('a1') });
    const state = await client.call('getClusterState', {});
    expect(state).toMatchObject({
      clusterId: 'c1',
      store: 'memory',
      nodes: [{ nodeId: 'n1', state: 'NODE_LIFE_STATE_ALIVE', total: { units: { CPU: 20_000 } } }],
      actors: [{ actorId: 'a1', className: 'Counter' }],
      jobs: [{ jobId: 'j1', alive: true }],
    });
  });

  it('has an actor killed on request, and brings its last words to its owner', async () => {
    const agent = await addAgent('n1', { CPU: 2 });
    await client.call('createActor', { spec: specOf('a1') });
    await agent.asked.find((asked) => asked.startsWith('start a1'));
    agent.sayAlive('a1');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    await client.call('killActor', { actorId: 'a1' });
    const { death } = await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_DEAD');
    expect(death).toMatchObject({ kind: 'ACTOR_DEATH_KIND_KILLED', signal: 'SIGKILL', stderrTail: ['last words'] });
  });

  it('ends what a driver owned when that says goodbye', async () => {
    const agent = await addAgent('n1', { CPU: 2 });
    await createGroup('g1', { CPU: 1 });
    await client.call('createActor', { spec: specOf('a1') });
    await agent.asked.find((asked) => asked.startsWith('start a1'));
    agent.sayAlive('a1');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED');
    driver.sayGoodbye();
    await agent.asked.find((asked) => asked === 'kill a1 ACTOR_DEATH_KIND_OWNER_DIED');
    await agent.asked.find((asked) => asked === 'return g1');
    await expect(client.call('createActor', { spec: specOf('a2') })).rejects.toThrow(IllegalStateError);
  });

  it('takes a node for dead that vanishes, tells the owners, and places groups again when there is room', async () => {
    const agent = await addAgent('n1', { CPU: 2 });
    await createGroup('g1', { CPU: 2 });
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED');
    await client.call('createActor', { spec: specOf('a1', inGroup('g1')) });
    await agent.asked.find((asked) => asked.startsWith('start a1'));
    agent.sayAlive('a1');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    agent.vanish();
    const { death } = await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_DEAD');
    expect(death).toMatchObject({ kind: 'ACTOR_DEATH_KIND_NODE_DIED' });
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_RESCHEDULING');
    const second = await addAgent('n2', { CPU: 2 });
    await second.asked.find((asked) => asked === 'commit g1');
    await driver.groups.find(({ state, nodeIds }) => state.endsWith('CREATED') && nodeIds[0] === 'n2');
  });

  it('lets a node go at once that says goodbye', async () => {
    const agent = await addAgent('n1', { CPU: 2 });
    agent.send({ goodbye: {} });
    let nodes = (await client.call('getClusterState', {})).nodes;
    while (nodes[0]?.state !== 'NODE_LIFE_STATE_DEAD') nodes = (await client.call('getClusterState', {})).nodes;
    expect(nodes[0]).toMatchObject({ deathReason: 'it was stopped' });
  });

  it('refuses an agent of another version', async () => {
    const agent = new TestAgent('n1');
    agents.push(agent);
    await agent.join(client, { CPU: 1 }, '0.0.1');
    expect(await agent.ended.promise).toBeInstanceOf(InvalidArgumentError);
  });

  it('refuses at once what can never be placed, with what the nodes have', async () => {
    await addAgent('n1', { CPU: 2 });
    const group = createGroup('g1', { GPU: 1 });
    await expect(group).rejects.toThrow(PlacementGroupInfeasibleError);
    await expect(group).rejects.toThrow(/host-n1/);
    const actor = client.call('createActor', { spec: specOf('a1', { resources: { units: { CPU: 30_000 } } }) });
    await expect(actor).rejects.toThrow(ActorUnschedulableError);
  });

  it.each([
    ['no bundles', { bundles: [] }],
    ['an empty bundle', { bundles: [{ units: {} }] }],
    ['a negative amount', { bundles: [{ units: { CPU: -10_000 } }] }],
    ['half a unit', { bundles: [{ units: { CPU: 0.5 } }] }],
    ['no strategy', { strategy: 'PLACEMENT_STRATEGY_UNSPECIFIED' as const }],
    ['no id', { placementGroupId: '' }],
  ])('refuses a group with %s', async (_what, change) => {
    const request = {
      placementGroupId: 'g1',
      jobId: 'j1',
      strategy: 'PLACEMENT_STRATEGY_PACK' as const,
      bundles: [{ units: { CPU: 10_000 } }],
      ...change,
    };
    await expect(client.call('createPlacementGroup', request)).rejects.toThrow(InvalidArgumentError);
  });

  it('refuses an actor without a spec, or with an amount that is none', async () => {
    await expect(client.call('createActor', {})).rejects.toThrow(InvalidArgumentError);
    const spec = specOf('a1', { resources: { units: { CPU: Number.NaN } } });
    await expect(client.call('createActor', { spec })).rejects.toThrow(InvalidArgumentError);
  });

  it('starts an actor again that crashed, and tells who follows it how often', async () => {
    const agent = await addAgent('n1', { CPU: 2 });
    await client.call('createActor', { spec: specOf('a1', { maxRestarts: 1 }) });
    await agent.asked.find((asked) => asked.startsWith('start a1'));
    agent.sayAlive('a1', 'first');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    agent.sayDead('a1', 'first');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_RESTARTING');
    await agent.asked.find((asked) => asked === 'start a1 in bundle -1 (restart 1)');
    await agent.asked.find((asked) => asked === 'first is gone');
    agent.sayAlive('a1', 'second');
    await driver.actors.find(({ address, numRestarts }) => address?.workerId === 'second' && numRestarts === 1);
    // Told once more, as an agent does that has connected again: it is about a process that nobody waits for.
    agent.sayDead('a1', 'first');
    agent.sayDead('a1', 'second');
    const { death } = await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_DEAD');
    expect(death).toMatchObject({ exitCode: 3 });
    expect(driver.actors.messages.filter(({ state }) => state.endsWith('RESTARTING'))).toHaveLength(1);
  });

  it('finds a named actor for whoever knows its name, and has one at a time', async () => {
    await addAgent('n1', { CPU: 4 });
    const named = specOf('a1', { name: 'counter', maxTaskRetries: 3, maxPendingCalls: 9 });
    await client.call('createActor', { spec: named });
    const { actor } = await client.call('getNamedActor', { name: 'counter', namespace: 'lab' });
    expect(actor).toMatchObject({ actorId: 'a1', className: 'Counter', maxTaskRetries: 3, maxPendingCalls: 9 });
    const second = client.call('createActor', { spec: specOf('a2', { name: 'counter' }) });
    await expect(second).rejects.toThrow(ActorAlreadyExistsError);
    const { existing } = await client.call('createActor', { spec: { ...named, actorId: 'a3', getIfExists: true } });
    expect(existing).toMatchObject({ actorId: 'a1' });
    await client.call('killActor', { actorId: 'a1' });
    const gone = client.call('getNamedActor', { name: 'counter', namespace: 'lab' });
    await expect(gone).rejects.toThrow(InvalidArgumentError);
  });

  it('leases task workers, takes them back, and ends them with their holder', async () => {
    const agent = await addAgent('n1', { CPU: 2 });
    const request = (leaseId: string) => ({
      leaseRequest: { leaseId, jobId: 'j1', name: 'work', resources: { units: { CPU: 10_000 } } },
    });
    for (const leaseId of ['l1', 'l2', 'l3']) driver.send(request(leaseId));
    const { granted } = await driver.leases.find(({ leaseId }) => leaseId === 'l2');
    expect(granted).toMatchObject({ workerId: 'worker-of-l2', nodeId: 'n1', rpcAddress: 'h:7' });
    driver.send({ returnLease: { leaseId: 'l1' } });
    await driver.leases.find(({ leaseId }) => leaseId === 'l3');
    const { leases } = await client.call('getClusterState', {});
    expect(leases.map(({ leaseId }) => leaseId)).toEqual(['l2', 'l3']);
    agent.send({
      workerReport: {
        leaseId: 'l3',
        workerId: 'worker-of-l3',
        death: { kind: 'ACTOR_DEATH_KIND_OUT_OF_MEMORY', message: 'too much' },
      },
    });
    await driver.leases.find(({ ended }) => ended?.message === 'too much');
    driver.sayGoodbye();
    await agent.asked.find((asked) => asked === 'return l2 and end its worker');
    await agent.asked.find((asked) => asked === 'driver-j1 is gone');
  });

  it('tells about a placement group by its name or id', async () => {
    await addAgent('n1', { CPU: 2 });
    await client.call('createPlacementGroup', {
      placementGroupId: 'g1',
      jobId: 'j1',
      name: 'trainers',
      strategy: 'PLACEMENT_STRATEGY_SPREAD',
      bundles: [{ units: { CPU: 90_000 } }],
      waitForNodes: true,
    });
    for (const query of [{ name: 'trainers', namespace: 'lab' }, { placementGroupId: 'g1' }]) {
      const { placementGroup } = await client.call('getPlacementGroup', query);
      expect(placementGroup).toMatchObject({ name: 'trainers', state: 'PLACEMENT_GROUP_STATE_PENDING' });
      expect(placementGroup?.reason).toMatch(/can never fit this cluster/);
    }
    await expect(client.call('getPlacementGroup', { name: 'x' })).rejects.toThrow(InvalidArgumentError);
  });

  it('answers a second request with the same id as the first', async () => {
    const agent = await addAgent('n1', { CPU: 2 });
    await Promise.all([createGroup('g1', { CPU: 1 }), createGroup('g1', { CPU: 1 })]);
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED');
    await client.call('removePlacementGroup', { placementGroupId: 'g1' });
    await client.call('removePlacementGroup', { placementGroupId: 'g1' });
    expect(agent.asked.messages).toEqual(['prepare g1 [0]', 'commit g1', 'return g1']);
  });
});

describe('a second head on the same store', () => {
  it('is refused while the first one holds it', async () => {
    const store = new MemoryHeadStore();
    const config = {
      host: '127.0.0.1',
      port: 0,
      credentials: { token: TOKEN },
      clusterId: 'c1',
      clusterName: '',
      records: 'keep',
      role: 'head',
      version: VERSION,
      store: { kind: 'embedded' },
      sessionDirectory: '',
      leaseMs: LEASE_MS,
      headLeaseMs: 10_000,
      storeWaitMs: 10_000,
      takeoverMs: 0,
    } as const;
    const first = await Head.start(config, store, 'memory', silentLogger, () => undefined);
    const second = Head.start(
      { ...config, sessionDirectory: 'of-another-head' },
      store,
      'memory',
      silentLogger,
      () => undefined,
    );
    await expect(second).rejects.toThrow('Another head holds the lease');
    await first.head.close();
  });
});
