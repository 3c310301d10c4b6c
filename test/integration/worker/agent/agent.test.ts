import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ActorUnavailableError,
  createClusterId,
  Deferred,
  InvalidArgumentError,
  type RayError,
  silentLogger,
  UnauthenticatedError,
} from '../../../../src/core/index.js';
import {
  type ActorReport,
  encodeValue,
  type LogLines,
  type MessageStream,
  type NodeCommand,
  type NodeInventory,
  type NodeMessage,
  type RegisterNode,
  RpcClient,
  RpcServer,
  type WorkerReport,
} from '../../../../src/rpc/index.js';
import { Agent, type AgentEnd } from '../../../../worker/agent/agent.js';

const TOKEN = 'the-token';
type NodeStream = MessageStream<NodeMessage, NodeCommand>;

const MODULE = `
export class Idle {}
export class Talks {
  constructor() {
    console.log('hello');
    setTimeout(() => { console.error('last words'); process.exit(3); }, 50);
  }
}
`;

/** A head that lets agents in and notes what they say. */
class TestHead {
  readonly #clusterId = createClusterId();
  readonly registrations: RegisterNode[] = [];
  readonly reports: ActorReport[] = [];
  readonly workerReports: WorkerReport[] = [];
  readonly inventories: NodeInventory[] = [];
  /** What was heard, in order. */
  readonly heard: string[] = [];
  readonly logLines: LogLines[] = [];
  stream: NodeStream | undefined;
  numGoodbyes = 0;
  port = 0;
  /** Refuses every registration with this. */
  refusal: RayError | undefined;
  #server = new RpcServer({ token: TOKEN });
  #changed = new Deferred<void>();

  async listen(port = 0): Promise<void> {
    this.#server = new RpcServer({ token: TOKEN });
    this.#server.addService('HeadService', {
      attachNode: (stream) => this.#serve(stream),
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
      if (message.workerReport) this.workerReports.push(message.workerReport);
      if (message.inventory) this.inventories.push(message.inventory);
      if (message.logLines) this.logLines.push(message.logLines);
      if (message.goodbye) this.numGoodbyes++;
      for (const line of message.logLines?.lines ?? []) this.heard.push(line);
      if (message.actorReport?.death) this.heard.push('death');
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
    void stream.send({ registered: { clusterId: this.#clusterId, leaseMs: 2_000, headLeaseMs: 30_000 } });
  }
}

describe('the agent of a node', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ray-ts-agent-'));
  const modulePath = join(directory, 'actors.mjs');
  let head: TestHead;
  let lost: AgentEnd[];
  let agent: Awaited<ReturnType<typeof Agent.start>>['agent'] | undefined;
  let client: RpcClient<'AgentService'> | undefined;

  beforeAll(() => {
    mkdirSync(join(directory, 'logs'));
    writeFileSync(modulePath, MODULE);
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
      labels: { zone: 'a' },
      nodeName: 'lab',
      objectStoreMemory: 80_000_000,
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

  const requestOf = (actorId: string, className = 'Idle') => ({
    spec: {
      actorId,
      jobId: 'j1',
      actorClass: { modulePath, name: className },
      constructorArgs: encodeValue([]),
      resources: { units: { CPU: 10_000 } },
    },
    bundleIndex: -1,
  });

  /** Starts an actor and waits until it is up; resolves with its process's id. */
  async function startActor(actorId: string, className?: string): Promise<number> {
    expect(await client!.call('startActor', requestOf(actorId, className))).toEqual({ started: true });
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
      {
        version: '1.0.0',
        total: { units: { CPU: 20_000, 'node:127.0.0.1': 10_000, memory: expect.any(Number) } },
        pid: process.pid,
        isHeadNode: false,
        labels: { zone: 'a', 'ray.io/node-id': expect.any(String) },
        nodeName: 'lab',
        objectStoreBytes: 80_000_000,
        clockMs: expect.any(Number),
      },
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
    expect(lost).toEqual([{ reason: expect.stringContaining('declared dead'), exitCode: 1 }]);
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
    expect(head.registrations.map(({ rejoins }) => rejoins)).toEqual([false, true]);
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
    await expect(stranger.call('startActor', requestOf('a1'))).rejects.toThrow(UnauthenticatedError);
    stranger.close();
  });

  const leaseRequest = (leaseId: string) => ({
    leaseId,
    jobId: 'j1',
    resources: { units: { CPU: 10_000 } },
    bundleIndex: -1,
    holderWorkerId: 'w1',
  });

  it('leases task workers, one process after the other to the same job, and tells of what it holds', async () => {
    await start();
    const first = await client!.call('leaseWorker', leaseRequest('l1'), 20_000);
    expect(first).toMatchObject({ leased: true, address: { workerId: expect.stringMatching(/^[0-9a-f]{28}$/) } });
    await client!.call('returnWorker', { leaseId: 'l1', force: false });
    const second = await client!.call('leaseWorker', leaseRequest('l2'), 20_000);
    expect(second.address?.pid).toBe(first.address?.pid);
    await client!.call('prepareBundles', {
      placementGroupId: 'g1',
      bundles: [{ index: 4, resources: { units: { CPU: 10_000 } } }],
    });
    head.close();
    await head.listen(head.port);
    await head.until(() => head.inventories.length === 2);
    expect(head.inventories[1]).toMatchObject({
      bundles: [{ placementGroupId: 'g1', index: 4, committed: false }],
      leases: [{ leaseId: 'l2', holderWorkerId: 'w1', address: { pid: first.address?.pid } }],
    });
  });

  it('ends the leases of a holder that is gone', async () => {
    await start();
    await client!.call('leaseWorker', leaseRequest('l1'), 20_000);
    void head.stream!.send({ workersGone: { workerIds: ['w1'] } });
    await head.until(() => head.workerReports.length === 1);
    expect(head.workerReports[0]).toMatchObject({ leaseId: 'l1', death: { kind: 'ACTOR_DEATH_KIND_OWNER_DIED' } });
  });

  it('sends what an actor prints, the last of it before it tells of its end', async () => {
    await start();
    await startActor('a1', 'Talks');
    await head.until(() => head.heard.includes('death'));
    expect(head.heard).toEqual(['hello', 'last words', 'death']);
    expect(head.logLines).toMatchObject([
      { jobId: 'j1', source: 'Talks', ip: '127.0.0.1', isError: false, lines: ['hello'] },
      { jobId: 'j1', source: 'Talks', isError: true, lines: ['last words'] },
    ]);
  });

  it('lets what runs come to its end when it is told to leave, takes nothing more, and says so', async () => {
    await start();
    await client!.call('leaseWorker', leaseRequest('l1'), 20_000);
    await startActor('a1');
    void head.stream!.send({ drain: { reason: 'maintenance' } });
    await head.until(() => head.reports.some(isDead('a1')));
    expect(head.reports.find(isDead('a1'))?.death).toMatchObject({
      kind: 'ACTOR_DEATH_KIND_NODE_DIED',
      message: 'Its node left the cluster: maintenance.',
      exitCode: 0,
    });
    expect(await client!.call('leaseWorker', leaseRequest('l2'))).toMatchObject({ leased: false });
    expect(lost).toEqual([]);
    await client!.call('returnWorker', { leaseId: 'l1', force: false });
    while (lost.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lost).toEqual([{ reason: 'drained: maintenance', exitCode: 0 }]);
  });
});
