import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ActorUnavailableError,
  Deferred,
  InvalidArgumentError,
  type RayError,
  silentLogger,
  UnauthenticatedError,
} from '../../../../src/core/index.js';
import {
  type ActorReport,
  type ActorSpec,
  encodeValue,
  type MessageStream,
  type NodeCommand,
  type NodeMessage,
  type RegisterNode,
  RpcClient,
  RpcServer,
} from '../../../../src/rpc/index.js';

type AgentModule = typeof import('../../../../worker/agent/agent.js');

// The built one: it starts the built worker.
const { Agent } = require(join(process.cwd(), 'dist/worker/agent/agent.js')) as AgentModule;

const TOKEN = 'the-token';
type NodeStream = MessageStream<NodeMessage, NodeCommand>;

/** A head that lets agents in and notes what they say. */
class TestHead {
  readonly registrations: RegisterNode[] = [];
  readonly reports: ActorReport[] = [];
  stream: NodeStream | undefined;
  numGoodbyes = 0;
  port = 0;
  /** Refuses every registration with this. */
  refusal: RayError | undefined;
  #server = new RpcServer({ token: TOKEN });
  #changed = new Deferred<void>();

  async listen(port = 0): Promise<void> {
    const unexpected = async (): Promise<never> => {
      throw new Error('an agent asks nothing of its head');
    };
    this.#server = new RpcServer({ token: TOKEN });
    this.#server.addService('HeadService', {
      attachNode: (stream) => this.#serve(stream),
      attachWorker: (stream) => stream.close(),
      createPlacementGroup: unexpected,
      removePlacementGroup: unexpected,
      createActor: unexpected,
      killActor: unexpected,
      getClusterState: unexpected,
    });
    this.port = await this.#server.listen('127.0.0.1', port);
  }

  close(): void {
    this.#server.close();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await this.#changed.promise;
  }

  #serve(stream: NodeStream): void {
    stream.receive((message) => {
      if (message.register) this.#register(message.register, stream);
      if (message.heartbeat) void stream.send({ heartbeat: {} });
      if (message.actorReport) this.reports.push(message.actorReport);
      if (message.goodbye) this.numGoodbyes++;
      this.#changed.resolve();
      this.#changed = new Deferred();
    });
  }

  #register(registration: RegisterNode, stream: NodeStream): void {
    if (this.refusal) {
      stream.close(this.refusal);
      return;
    }
    this.registrations.push(registration);
    this.stream = stream;
    void stream.send({ registered: { clusterId: 'test-cluster', leaseMs: 2_000, headLeaseMs: 30_000 } });
  }
}

describe('the agent of a node', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ray-ts-agent-'));
  const modulePath = join(directory, 'actors.mjs');
  let head: TestHead;
  let lost: RayError[];
  let agent: Awaited<ReturnType<typeof Agent.start>>['agent'] | undefined;
  let client: RpcClient<'AgentService'> | undefined;

  beforeAll(() => {
    mkdirSync(join(directory, 'logs'));
    writeFileSync(modulePath, 'export class Idle {}');
  });
  beforeEach(async () => {
    head = new TestHead();
    await head.listen();
    lost = [];
    agent = undefined;
    client = undefined;
  });
  afterEach(async () => {
    client?.close();
    await agent?.close();
    head.close();
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  async function start(token = TOKEN): Promise<void> {
    const config = {
      headAddress: `127.0.0.1:${head.port}`,
      credentials: { token },
      version: '1.0.0',
      host: '127.0.0.1',
      isHeadNode: false,
      sessionDirectory: directory,
      numCpus: 2,
      numGpus: 0,
      resources: {},
    };
    const started = await Agent.start(config, silentLogger, (error) => lost.push(error));
    agent = started.agent;
    client = new RpcClient('AgentService', {
      address: started.ready.address,
      credentials: { token: TOKEN },
      peer: 'The agent',
      unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
    });
  }

  const specOf = (actorId: string): ActorSpec => ({
    actorId,
    jobId: 'j1',
    actorClass: { modulePath, className: 'Idle', moduleHash: '', hostname: 'h' },
    constructorArgs: encodeValue([]),
    resources: { units: { CPU: 10_000 } },
    placementGroupId: '',
    bundleIndex: -1,
    maxConcurrency: 1,
    name: '',
    envVars: {},
  });

  /** Starts an actor and waits until it is up; resolves with its process's id. */
  async function startActor(actorId: string): Promise<number> {
    expect(await client!.call('startActor', { spec: specOf(actorId) })).toEqual({ started: true });
    const isUp = (report: ActorReport): boolean =>
      report.actorId === actorId && report.state === 'ACTOR_LIFE_STATE_ALIVE';
    await head.until(() => head.reports.some(isUp));
    return head.reports.find(isUp)!.address!.pid;
  }

  const isDead = (actorId: string) => (report: ActorReport) =>
    report.actorId === actorId && report.state === 'ACTOR_LIFE_STATE_DEAD';

  it('registers what its node has, and says goodbye when it is closed', async () => {
    await start();
    expect(head.registrations).toMatchObject([
      { version: '1.0.0', total: { units: { CPU: 20_000 } }, pid: process.pid, isHeadNode: false },
    ]);
    await agent!.close();
    expect(head.numGoodbyes).toBe(1);
    expect(lost).toEqual([]);
  });

  it.each([
    ['a wrong token', 'another', undefined, UnauthenticatedError],
    ['what the head refuses', TOKEN, new InvalidArgumentError('Another version.'), InvalidArgumentError],
  ])('fails to start with the reason on %s, and calls nobody', async (_what, token, refusal, ErrorClass) => {
    head.refusal = refusal;
    await expect(start(token)).rejects.toThrow(ErrorClass);
    expect(lost).toEqual([]);
  });

  it('tells once that the head refuses it later', async () => {
    await start();
    head.stream!.close(new InvalidArgumentError('The node was declared dead.'));
    while (lost.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lost).toMatchObject([{ code: 'RAY_INVALID_ARGUMENT' }]);
  });

  it('starts actors, ends them, and reports both', async () => {
    await start();
    await startActor('a1');
    await client!.call('killActor', { actorId: 'a1', kind: 'ACTOR_DEATH_KIND_KILLED', message: 'It was killed.' });
    await head.until(() => head.reports.some(isDead('a1')));
    expect(head.reports.find(isDead('a1'))?.death).toMatchObject({
      kind: 'ACTOR_DEATH_KIND_KILLED',
      message: 'It was killed.',
      signal: 'SIGKILL',
    });
  });

  it('keeps its actors while the head is away, and tells everything when it is back, deaths too', async () => {
    await start();
    await startActor('a1');
    const pid = await startActor('a2');
    head.close();
    process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 300));
    head.reports.length = 0;
    await head.listen(head.port);
    await head.until(() => head.reports.length >= 2);
    expect(head.reports.map(({ actorId, state }) => `${actorId} ${state}`).sort()).toEqual([
      'a1 ACTOR_LIFE_STATE_ALIVE',
      'a2 ACTOR_LIFE_STATE_DEAD',
    ]);
    expect(lost).toEqual([]);
  });

  it('ends its actors when it is closed, and says so before it says goodbye', async () => {
    await start();
    await startActor('a1');
    await agent!.close();
    expect(head.reports.find(isDead('a1'))?.death).toMatchObject({ kind: 'ACTOR_DEATH_KIND_NODE_DIED' });
    expect(head.numGoodbyes).toBe(1);
  });

  it('lets nobody in without the token', async () => {
    await start();
    const address = head.registrations[0]!.agentAddress;
    const stranger = new RpcClient('AgentService', {
      address,
      credentials: { token: 'guess' },
      peer: 'The agent',
      unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
    });
    await expect(stranger.call('startActor', { spec: specOf('a1') })).rejects.toThrow(UnauthenticatedError);
    stranger.close();
  });
});
