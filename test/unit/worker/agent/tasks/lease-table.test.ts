import {
  InvalidArgumentError,
  type LeaseId,
  RuntimeEnvSetupError,
  silentLogger,
  toFixedPoint,
} from '../../../../../src/core/index.js';
import {
  type Draft,
  type ErrorDetail,
  type LeaseWorkerResponse,
  messageCodec,
  toErrorDetail,
  type WorkerReport,
} from '../../../../../src/rpc/index.js';
import { ResourceLedger } from '../../../../../worker/agent/resource-ledger.js';
import { LeaseTable } from '../../../../../worker/agent/tasks/lease-table.js';
import { TaskWorkerPool } from '../../../../../worker/agent/tasks/task-worker-pool.js';
import { type FakeNode, type FakeProcess, fakeNode } from '../../../../support/fake-process.js';
import { leaseWorkerRequest } from '../../../../support/lease-worker-request.js';

const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');
const nextTurn = (): Promise<void> => new Promise(setImmediate);
const l1 = 'l1' as LeaseId;
type Wish = Parameters<typeof leaseWorkerRequest>[0];

describe('the leases of a node', () => {
  let node: FakeNode;
  let ledger: ResourceLedger;
  let workers: TaskWorkerPool;
  let reports: Draft<WorkerReport>[];
  let table: LeaseTable;

  const build = (context: FakeNode = fakeNode()): void => {
    node = context;
    reports = [];
    ledger = new ResourceLedger({ total: toFixedPoint({ CPU: 4, GPU: 2 }) });
    workers = new TaskWorkerPool(node, 4);
    table = new LeaseTable({ node, workers, ledger, report: (report) => reports.push(report), logger: silentLogger });
  };
  beforeEach(() => build());
  afterEach(() => workers.close());

  const freeCpus = (): number => (ledger.snapshot().available['CPU'] ?? 0) / 10_000;

  /** Asks for a lease; a process that is new says that it is up. */
  async function lease(wish: Wish): Promise<Draft<LeaseWorkerResponse>> {
    const before = node.processes.length;
    const answer = table.lease(leaseWorkerRequest(wish));
    await nextTurn();
    for (const process of node.processes.slice(before)) process.say({ kind: 'alive', rpcAddress: `at-${process.pid}` });
    return answer;
  }

  const firstProcess = (): FakeProcess => node.processes[0]!;

  it('hold resources and a worker that was told of them', async () => {
    const { leased, address } = await lease({ leaseId: 'l1', cpus: 2 });
    expect(leased).toBe(true);
    expect(address).toMatchObject({ nodeId: 'n1', pid: 100, rpcAddress: 'at-100', workerId: firstProcess().workerId });
    expect(firstProcess().told).toMatchObject([
      { kind: 'start-worker', jobId: 'j1', gpuIds: [], nodeId: 'n1' },
      { kind: 'grant-lease', leaseId: 'l1', placementGroupId: '' },
    ]);
    expect(freeCpus()).toBe(2);
    expect(table.held()).toMatchObject([{ leaseId: 'l1', jobId: 'j1', holderWorkerId: 'w1', address: { pid: 100 } }]);
  });

  it('are given the same answer when they are asked for again', async () => {
    const answers = await Promise.all([lease({ leaseId: 'l1' }), table.lease(leaseWorkerRequest({ leaseId: 'l1' }))]);
    expect(answers[1]).toEqual(answers[0]);
    expect(node.processes).toHaveLength(1);
    expect(freeCpus()).toBe(3);
  });

  it('are refused when others hold the resources', async () => {
    await lease({ leaseId: 'l1', cpus: 3 });
    expect(await lease({ leaseId: 'l2', cpus: 2 })).toEqual({ leased: false });
    expect(node.processes).toHaveLength(1);
  });

  it('say why a worker could not be started, and hold nothing then', async () => {
    const answer = table.lease(leaseWorkerRequest({ leaseId: 'l1' }));
    await nextTurn();
    firstProcess().say({ kind: 'failed', error: detailCodec.encode(toErrorDetail(new InvalidArgumentError('no'))) });
    expect(await answer).toMatchObject({ leased: false, error: { code: 'RAY_INVALID_ARGUMENT', message: 'no' } });
    await nextTurn();
    expect(freeCpus()).toBe(4);
  });

  it('say why their runtime environment can not be had, and hold nothing then', async () => {
    build(fakeNode({ prepareEnvironment: () => Promise.reject(new RuntimeEnvSetupError('damaged')) }));
    expect(await lease({ leaseId: 'l1' })).toMatchObject({ leased: false, error: { code: 'RAY_RUNTIME_ENV_SETUP' } });
    expect(freeCpus()).toBe(4);
  });

  describe('that is given back', () => {
    it('leaves its worker for the next lease of the job, and its resources to anybody', async () => {
      await lease({ leaseId: 'l1' });
      firstProcess().say({ kind: 'running', name: 'f' });
      await table.giveBack(l1, false);
      expect(freeCpus()).toBe(4);
      const { address } = await lease({ leaseId: 'l2' });
      expect(address?.pid).toBe(100);
      expect(firstProcess().toldKinds).toEqual(['start-worker', 'grant-lease', 'end-lease', 'grant-lease']);
      expect(table.running()).toMatchObject([{ leaseId: 'l2', taskName: '' }]);
    });

    it.each([
      ['another job', { jobId: 'j2' }],
      ['another environment', { envVars: { A: '1' } }],
      ['GPUs', { gpus: 1 }],
    ])('leaves its worker to no lease of %s', async (_what, wish: Partial<Wish>) => {
      await lease({ leaseId: 'l1' });
      await table.giveBack(l1, false);
      const { address } = await lease({ leaseId: 'l2', ...wish });
      expect(address?.pid).toBe(101);
    });

    it('ends with its worker when it has GPUs: they are free when the process is gone', async () => {
      const { address } = await lease({ leaseId: 'l1', gpus: 1 });
      expect(address?.gpuIds).toEqual(['0']);
      expect(firstProcess().told[0]).toMatchObject({ gpuIds: ['0'] });
      const back = table.giveBack(l1, false);
      expect(ledger.snapshot().available['GPU']).toBe(10_000);
      await back;
      expect(firstProcess().numKills).toBe(1);
      expect(ledger.snapshot().available['GPU']).toBe(20_000);
    });

    it('ends with its worker when it is forced', async () => {
      await lease({ leaseId: 'l1' });
      await table.giveBack(l1, true);
      expect(reports).toMatchObject([{ leaseId: 'l1', death: { kind: 'ACTOR_DEATH_KIND_KILLED', signal: 'SIGKILL' } }]);
      expect(table.reports()).toEqual(reports);
      expect(freeCpus()).toBe(4);
    });

    it('before its worker is up is not granted any more', async () => {
      const answer = table.lease(leaseWorkerRequest({ leaseId: 'l1' }));
      await nextTurn();
      await table.giveBack(l1, false);
      expect(await answer).toEqual({ leased: false });
      expect(freeCpus()).toBe(4);
    });

    it('twice is given back once', async () => {
      await lease({ leaseId: 'l1' });
      await table.giveBack(l1, false);
      await table.giveBack(l1, false);
      expect(freeCpus()).toBe(4);
    });
  });

  it('report how their worker ended by itself, after its last lines', async () => {
    await lease({ leaseId: 'l1' });
    firstProcess().exit({ exitCode: 3, stderrTail: ['last words'] });
    expect(reports).toMatchObject([
      {
        leaseId: 'l1',
        workerId: firstProcess().workerId,
        death: { kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED', exitCode: 3, stderrTail: ['last words'], pid: 100 },
      },
    ]);
    expect(node.logs).toEqual(['100 prints for j1', '100 has printed all']);
    expect(freeCpus()).toBe(4);
  });

  it('do not report the end of a worker that serves another lease by then', async () => {
    await lease({ leaseId: 'l1' });
    await table.giveBack(l1, false);
    await lease({ leaseId: 'l2' });
    firstProcess().exit({ exitCode: 3 });
    expect(reports.map(({ leaseId }) => leaseId)).toEqual(['l2']);
  });

  it('lend their CPUs while their task waits for others, and say what they hold', async () => {
    await lease({ leaseId: 'l1', cpus: 4 });
    firstProcess().say({ kind: 'blocked', leaseId: 'l1' });
    expect(freeCpus()).toBe(4);
    await lease({ leaseId: 'l2', cpus: 4 });
    firstProcess().say({ kind: 'unblocked', leaseId: 'l1' });
    expect(freeCpus()).toBe(-4);
    expect(reports.map(({ held }) => held?.units)).toEqual([{}, { CPU: 40_000 }]);
  });

  it('take no word on a lease that is over', async () => {
    await lease({ leaseId: 'l1' });
    await table.giveBack(l1, false);
    await lease({ leaseId: 'l2' });
    firstProcess().say({ kind: 'blocked', leaseId: 'l1' });
    expect(reports).toEqual([]);
    expect(freeCpus()).toBe(3);
  });

  describe('whose holder is gone', () => {
    it('end with their workers, and those of others go on', async () => {
      await lease({ leaseId: 'l1', holderWorkerId: 'w1' });
      await lease({ leaseId: 'l2', holderWorkerId: 'w2' });
      await table.endOfHolders(new Set(['w1']));
      expect(reports).toMatchObject([{ leaseId: 'l1', death: { kind: 'ACTOR_DEATH_KIND_OWNER_DIED' } }]);
      expect(table.held().map(({ leaseId }) => leaseId)).toEqual(['l2']);
    });

    it('leave no idle worker behind', async () => {
      await lease({ leaseId: 'l1' });
      await table.giveBack(l1, false);
      workers.endOfHolders(new Set(['w1']));
      expect(firstProcess().numKills).toBe(1);
      await lease({ leaseId: 'l2' });
      expect(node.processes).toHaveLength(2);
    });
  });

  it('can be waited for, until the last is back', async () => {
    await lease({ leaseId: 'l1' });
    await lease({ leaseId: 'l2' });
    let isEmpty = false;
    const empty = table.whenEmpty().then(() => {
      isEmpty = true;
    });
    await table.giveBack(l1, false);
    await nextTurn();
    expect(isEmpty).toBe(false);
    await table.giveBack('l2' as LeaseId, false);
    await empty;
  });
});
