import { type ActorId, InvalidArgumentError, silentLogger } from '../../../../src/core/index.js';
import {
  type ActorReport,
  type ActorSpec,
  type ErrorDetail,
  messageCodec,
  toErrorDetail,
} from '../../../../src/rpc/index.js';
import { ActorTable } from '../../../../worker/agent/actor-table.js';
import { FakeProcess } from '../../../support/fake-process.js';

const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');
const specCodec = messageCodec<ActorSpec>('ActorSpec');
const a1 = 'a1' as ActorId;

const specOf = (actorId: string): ActorSpec => ({
  actorId,
  jobId: 'j1',
  actorClass: { modulePath: '/m.js', className: 'Counter', moduleHash: '', hostname: 'h' },
  constructorArgs: null,
  resources: { units: {} },
  placementGroupId: '',
  bundleIndex: -1,
  maxConcurrency: 1,
  name: '',
  envVars: {},
});

describe('ActorTable', () => {
  let processes: FakeProcess[];
  let reports: ActorReport[];
  let released: string[];
  let table: ActorTable;

  beforeEach(() => {
    processes = [];
    reports = [];
    released = [];
    table = new ActorTable({
      identity: { clusterId: 'test-cluster', nodeId: 'n1', hostname: 'host-a', host: '127.0.0.1', token: 't' },
      takeProcess: () => {
        processes.push(new FakeProcess(100 + processes.length));
        return processes.at(-1)!;
      },
      release: (actorId) => released.push(actorId),
      report: (report) => reports.push(report),
      logger: silentLogger,
    });
  });

  function startActor(actorId = 'a1'): FakeProcess {
    table.start(specOf(actorId), ['3']);
    return processes.at(-1)!;
  }

  it('gives a process its actor, and reports nothing before its constructor has returned', () => {
    const process = startActor();
    expect(process.started).toHaveLength(1);
    expect(process.started[0]).toMatchObject({ nodeId: 'n1', token: 't', gpuIds: ['3'], clusterId: 'test-cluster' });
    expect(specCodec.decode(process.started[0]!.spec).actorId).toBe('a1');
    expect(table.has(a1)).toBe(true);
    expect(reports).toEqual([]);
  });

  it('reports where an actor that is up answers', () => {
    startActor().say({ kind: 'alive', rpcAddress: '127.0.0.1:5' });
    const address = { nodeId: 'n1', hostname: 'host-a', pid: 100, rpcAddress: '127.0.0.1:5' };
    expect(reports).toEqual([{ actorId: 'a1', state: 'ACTOR_LIFE_STATE_ALIVE', address }]);
    expect(table.reports()).toEqual(reports);
  });

  it('ends the process of a constructor that failed, and reports its error', async () => {
    const process = startActor();
    const error = toErrorDetail(new InvalidArgumentError('no such file'));
    process.say({ kind: 'failed', error: detailCodec.encode(error) });
    expect(process.numKills).toBe(1);
    await new Promise(setImmediate);
    expect(reports).toHaveLength(1);
    expect(reports[0]!.death).toMatchObject({
      kind: 'ACTOR_DEATH_KIND_CONSTRUCTOR_FAILED',
      message: 'Its constructor failed: no such file',
      error: { code: 'RAY_INVALID_ARGUMENT' },
      pid: 100,
      hostname: 'host-a',
    });
  });

  it('keeps the error of the constructor when the actor is killed behind it', async () => {
    const process = startActor();
    process.say({ kind: 'failed', error: detailCodec.encode(toErrorDetail(new TypeError('x'))) });
    await table.kill(a1, 'ACTOR_DEATH_KIND_KILLED', 'It was killed.');
    expect(reports[0]!.death).toMatchObject({ kind: 'ACTOR_DEATH_KIND_CONSTRUCTOR_FAILED' });
  });

  it.each([
    [{ exitCode: 7 }, 'Its process ended with exit code 7.'],
    [{ signal: 'SIGSEGV' }, 'Its process was ended by SIGSEGV.'],
  ])('reports how a process ended by itself: %o', (exit, message) => {
    const process = startActor();
    process.say({ kind: 'alive', rpcAddress: 'x' });
    process.exit({ ...exit, stderrTail: ['last words'] });
    expect(reports.at(-1)).toMatchObject({
      actorId: 'a1',
      state: 'ACTOR_LIFE_STATE_DEAD',
      death: { kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED', message, stderrTail: ['last words'], exitCode: -1, ...exit },
    });
    expect(table.has(a1)).toBe(false);
  });

  it('reports the reason of a kill, and answers it when the process is gone and its resources are free', async () => {
    const process = startActor();
    process.say({ kind: 'alive', rpcAddress: 'x' });
    const killed = table.kill(a1, 'ACTOR_DEATH_KIND_OWNER_DIED', 'Its driver is gone.');
    expect(released).toEqual([]);
    await killed;
    expect(released).toEqual(['a1']);
    expect(reports.at(-1)!.death).toMatchObject({
      kind: 'ACTOR_DEATH_KIND_OWNER_DIED',
      message: 'Its driver is gone.',
      signal: 'SIGKILL',
    });
  });

  it('keeps the first reason when it is killed twice', async () => {
    startActor();
    const kills = [
      table.kill(a1, 'ACTOR_DEATH_KIND_KILLED', 'first'),
      table.kill(a1, 'ACTOR_DEATH_KIND_OWNER_DIED', 'second'),
    ];
    await Promise.all(kills);
    expect(reports.map(({ death }) => death?.message)).toEqual(['first']);
  });

  it('has nothing to kill of an actor that it does not have', async () => {
    await table.kill('a9' as ActorId, 'ACTOR_DEATH_KIND_KILLED', 'x');
    expect(reports).toEqual([]);
  });

  it('takes no word from a process that is ending', async () => {
    const process = startActor();
    const killed = table.kill(a1, 'ACTOR_DEATH_KIND_KILLED', 'x');
    process.say({ kind: 'alive', rpcAddress: 'too late' });
    await killed;
    expect(reports.map(({ state }) => state)).toEqual(['ACTOR_LIFE_STATE_DEAD']);
  });

  it('ends every actor with its node', async () => {
    startActor('a1');
    startActor('a2');
    await table.killAll('Its node was stopped.');
    expect(reports.map(({ actorId, death }) => `${actorId} ${death?.kind}`)).toEqual([
      'a1 ACTOR_DEATH_KIND_NODE_DIED',
      'a2 ACTOR_DEATH_KIND_NODE_DIED',
    ]);
  });

  it('tells after a reconnection of deaths too, the latest thousand: the head may have been away', async () => {
    startActor('living').say({ kind: 'alive', rpcAddress: 'x' });
    for (let n = 0; n < 1_100; n++) startActor(`a${n}`).exit({ exitCode: 0 });
    const told = table.reports();
    expect(told).toHaveLength(1_001);
    expect(told[0]).toMatchObject({ actorId: 'a100', state: 'ACTOR_LIFE_STATE_DEAD' });
    expect(told.at(-1)).toMatchObject({ actorId: 'living', state: 'ACTOR_LIFE_STATE_ALIVE' });
  });
});
