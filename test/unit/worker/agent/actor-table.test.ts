import { type ActorId, InvalidArgumentError, RuntimeEnvSetupError, silentLogger } from '../../../../src/core/index.js';
import {
  type ActorReport,
  type ActorSpec,
  type Draft,
  type ErrorDetail,
  messageCodec,
  toErrorDetail,
} from '../../../../src/rpc/index.js';
import { ActorTable } from '../../../../worker/agent/actor-table.js';
import type { EndReason } from '../../../../worker/agent/process-death.js';
import { actorSpec } from '../../../support/actor-spec.js';
import { type FakeNode, type FakeProcess, fakeNode } from '../../../support/fake-process.js';

const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');
const specCodec = messageCodec<ActorSpec>('ActorSpec');
const a1 = 'a1' as ActorId;

const specOf = (actorId: string, more: Draft<ActorSpec> = {}): ActorSpec =>
  actorSpec({ actorId, jobId: 'j1', actorClass: { modulePath: '/m.js', name: 'Counter' }, ...more });

const nextTurn = (): Promise<void> => new Promise(setImmediate);
const killed: EndReason = { kind: 'ACTOR_DEATH_KIND_KILLED', message: 'It was killed.' };

describe('ActorTable', () => {
  let node: FakeNode;
  let reports: Draft<ActorReport>[];
  let released: string[];
  let table: ActorTable;

  const createTable = (context: FakeNode): ActorTable => {
    node = context;
    return new ActorTable({
      node,
      release: (actorId) => released.push(actorId),
      report: (report) => reports.push(report),
      logger: silentLogger,
    });
  };

  beforeEach(() => {
    reports = [];
    released = [];
    table = createTable(fakeNode());
  });

  async function startActor(actorId = 'a1', more: Draft<ActorSpec> = {}): Promise<FakeProcess> {
    table.start(specOf(actorId, more), ['3']);
    await nextTurn();
    return node.processes.at(-1)!;
  }

  it('gives a process its actor, and reports nothing before its constructor has returned', async () => {
    table.start(specOf('a1'), ['3'], 2);
    expect(table.has(a1)).toBe(true);
    await nextTurn();
    const { told, workerId } = node.processes[0]!;
    expect(told).toMatchObject([
      { kind: 'start-actor', nodeId: 'n1', credentials: { token: 't' }, gpuIds: ['3'], workerId, numRestarts: 2 },
    ]);
    expect(told[0]?.kind === 'start-actor' && specCodec.decode(told[0].spec).actorId).toBe('a1');
    expect(node.logs).toEqual(['100 prints for j1']);
    expect(reports).toEqual([]);
  });

  it('reports where an actor that is up answers', async () => {
    (await startActor()).say({ kind: 'alive', rpcAddress: '127.0.0.1:5' });
    const workerId = expect.stringMatching(/^[0-9a-f]{28}$/);
    const address = { nodeId: 'n1', hostname: 'host-a', pid: 100, rpcAddress: '127.0.0.1:5', workerId, gpuIds: ['3'] };
    expect(reports).toEqual([{ actorId: 'a1', state: 'ACTOR_LIFE_STATE_ALIVE', address }]);
    expect(table.reports()).toEqual(reports);
  });

  it('ends the process of a constructor that failed, and reports its error', async () => {
    const process = await startActor();
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
    const process = await startActor();
    process.say({ kind: 'failed', error: detailCodec.encode(toErrorDetail(new TypeError('x'))) });
    await table.kill(a1, killed);
    expect(reports[0]!.death).toMatchObject({ kind: 'ACTOR_DEATH_KIND_CONSTRUCTOR_FAILED' });
  });

  it.each([
    [{ exitCode: 7 }, 'Its process ended with exit code 7.'],
    [{ signal: 'SIGSEGV' }, 'Its process was ended by SIGSEGV.'],
  ])('reports how a process ended by itself: %o', async (exit, message) => {
    const process = await startActor();
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
    const process = await startActor();
    process.say({ kind: 'alive', rpcAddress: 'x' });
    const gone = table.kill(a1, { kind: 'ACTOR_DEATH_KIND_OWNER_DIED', message: 'Its driver is gone.' });
    expect(released).toEqual([]);
    await gone;
    expect(released).toEqual(['a1']);
    expect(reports.at(-1)!.death).toMatchObject({
      kind: 'ACTOR_DEATH_KIND_OWNER_DIED',
      message: 'Its driver is gone.',
      signal: 'SIGKILL',
    });
  });

  it('keeps the first reason when it is killed twice', async () => {
    await startActor();
    const kills = [
      table.kill(a1, { ...killed, message: 'first' }),
      table.kill(a1, { kind: 'ACTOR_DEATH_KIND_OWNER_DIED', message: 'second' }),
    ];
    await Promise.all(kills);
    expect(reports.map(({ death }) => death?.message)).toEqual(['first']);
  });

  it('says which process of an actor ended, also when it is told again beside the one that lives', async () => {
    const former = await startActor();
    former.say({ kind: 'alive', rpcAddress: 'x' });
    former.exit({ signal: 'SIGKILL' });
    const present = await startActor();
    present.say({ kind: 'alive', rpcAddress: 'y' });
    expect(table.reports().map(({ state, address }) => [state, address?.workerId])).toEqual([
      ['ACTOR_LIFE_STATE_DEAD', former.workerId],
      ['ACTOR_LIFE_STATE_ALIVE', present.workerId],
    ]);
  });

  it('has nothing to kill of an actor that it does not have', async () => {
    await table.kill('a9' as ActorId, killed);
    expect(reports).toEqual([]);
  });

  it('takes no word from a process that is ending', async () => {
    const process = await startActor();
    const ended = table.kill(a1, killed);
    process.say({ kind: 'alive', rpcAddress: 'too late' });
    await ended;
    expect(reports.map(({ state }) => state)).toEqual(['ACTOR_LIFE_STATE_DEAD']);
  });

  it('ends every actor with its node', async () => {
    await startActor('a1');
    await startActor('a2');
    await table.killAll('ACTOR_DEATH_KIND_NODE_DIED', 'Its node was stopped.');
    expect(reports.map(({ actorId, death }) => `${actorId} ${death?.kind}`)).toEqual([
      'a1 ACTOR_DEATH_KIND_NODE_DIED',
      'a2 ACTOR_DEATH_KIND_NODE_DIED',
    ]);
  });

  it('tells after a reconnection of deaths too, the latest thousand: the head may have been away', async () => {
    (await startActor('living')).say({ kind: 'alive', rpcAddress: 'x' });
    for (let n = 0; n < 1_100; n++) (await startActor(`a${n}`)).exit({ exitCode: 0 });
    const told = table.reports();
    expect(told).toHaveLength(1_001);
    expect(told[0]).toMatchObject({ actorId: 'a100', state: 'ACTOR_LIFE_STATE_DEAD' });
    expect(told.at(-1)).toMatchObject({ actorId: 'living', state: 'ACTOR_LIFE_STATE_ALIVE' });
  });

  describe('whose runtime environment can not be had', () => {
    it('never has a process, and reports why', async () => {
      const error = new RuntimeEnvSetupError('The head does not have it.');
      table = createTable(fakeNode({ prepareEnvironment: () => Promise.reject(error) }));
      table.start(specOf('a1'), []);
      await nextTurn();
      expect(node.processes).toEqual([]);
      expect(reports[0]!.death).toMatchObject({
        kind: 'ACTOR_DEATH_KIND_RUNTIME_ENV_FAILED',
        message: 'The head does not have it.',
        error: { code: 'RAY_RUNTIME_ENV_SETUP' },
      });
      expect(released).toEqual(['a1']);
    });

    it('is not started any more when it was killed meanwhile', async () => {
      table.start(specOf('a1'), []);
      await table.kill(a1, killed);
      expect(node.processes).toEqual([]);
      expect(reports.map(({ death }) => death?.kind)).toEqual(['ACTOR_DEATH_KIND_KILLED']);
    });
  });

  describe('that is to end in order', () => {
    it('is asked to, and reports the reason when it has', async () => {
      const process = await startActor();
      process.say({ kind: 'alive', rpcAddress: 'x' });
      const ended = table.kill(a1, { kind: 'ACTOR_DEATH_KIND_OUT_OF_SCOPE', message: 'No handle is left.' }, true);
      expect(process.toldKinds).toEqual(['start-actor', 'terminate']);
      expect(process.numKills).toBe(0);
      process.say({ kind: 'exiting', message: 'as it was told' });
      process.exit({ exitCode: 0 });
      await ended;
      expect(reports.at(-1)!.death).toMatchObject({ message: 'No handle is left.', exitCode: 0 });
    });

    it('is ended at once when that is asked for later', async () => {
      const process = await startActor();
      process.say({ kind: 'alive', rpcAddress: 'x' });
      void table.kill(a1, { kind: 'ACTOR_DEATH_KIND_OUT_OF_SCOPE', message: 'No handle is left.' }, true);
      await table.kill(a1, killed);
      expect(process.numKills).toBe(1);
      expect(reports.at(-1)!.death?.message).toBe('No handle is left.');
    });

    it('has no calls to wait for before its constructor has returned', async () => {
      const process = await startActor();
      await table.kill(a1, killed, true);
      expect(process.numKills).toBe(1);
    });
  });

  it('takes an actor at its word that it ends on purpose', async () => {
    const process = await startActor();
    process.say({ kind: 'alive', rpcAddress: 'x' });
    process.say({ kind: 'exiting', message: 'It called exitActor.' });
    process.exit({ exitCode: 0 });
    expect(reports.at(-1)!.death).toMatchObject({
      kind: 'ACTOR_DEATH_KIND_OUT_OF_SCOPE',
      message: 'It called exitActor.',
    });
  });

  it('sends the last lines of a process before it tells of its end', async () => {
    const process = await startActor();
    let numReports = -1;
    node.logs.push = (...lines) => {
      numReports = reports.length;
      return lines.length;
    };
    process.exit({ exitCode: 1 });
    expect([numReports, reports.length]).toEqual([0, 1]);
  });

  it('finds the kernel guilty of a SIGKILL when it has ended processes for want of memory', async () => {
    table = createTable(fakeNode({ sawOutOfMemory: () => true }));
    (await startActor('a1')).exit({ signal: 'SIGKILL' });
    (await startActor('a2')).exit({ signal: 'SIGTERM' });
    expect(reports.map(({ death }) => death?.kind)).toEqual([
      'ACTOR_DEATH_KIND_OUT_OF_MEMORY',
      'ACTOR_DEATH_KIND_PROCESS_EXITED',
    ]);
    expect(reports[0]!.death?.error?.code).toBe('RAY_OUT_OF_MEMORY');
  });

  it('names the actors that may be ended for memory, and which of them come up again', async () => {
    await startActor('once');
    await startActor('again', { maxRestarts: 1 });
    await startActor('ever', { maxRestarts: -1 });
    void table.kill('once' as ActorId, killed);
    expect(table.running().map(({ actorId, isRestartable }) => [actorId, isRestartable])).toEqual([
      ['again', true],
      ['ever', true],
    ]);
  });
});
