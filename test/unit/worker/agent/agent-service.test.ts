import {
  IllegalStateError,
  InvalidArgumentError,
  type Resources,
  silentLogger,
  toFixedPoint,
} from '../../../../src/core/index.js';
import type { ActorReport, Draft, StartActorRequest, WorkerReport } from '../../../../src/rpc/index.js';
import { ActorTable } from '../../../../worker/agent/actor-table.js';
import { agentService } from '../../../../worker/agent/agent-service.js';
import { ResourceLedger } from '../../../../worker/agent/resource-ledger.js';
import { LeaseTable } from '../../../../worker/agent/tasks/lease-table.js';
import { TaskWorkerPool } from '../../../../worker/agent/tasks/task-worker-pool.js';
import { actorSpec } from '../../../support/actor-spec.js';
import { type FakeNode, fakeNode } from '../../../support/fake-process.js';
import { leaseWorkerRequest } from '../../../support/lease-worker-request.js';

const { signal } = new AbortController();

const requestOf = (actorId: string, resources: Resources, placementGroupId = '', bundleIndex = -1) => ({
  spec: actorSpec({
    actorId,
    jobId: 'j1',
    resources: { units: toFixedPoint(resources) },
    strategy: placementGroupId ? { bundle: { placementGroupId, bundleIndex } } : {},
  }),
  bundleIndex,
  numRestarts: 0,
});

describe('the agent', () => {
  let node: FakeNode;
  let reports: Draft<ActorReport>[];
  let workerReports: Draft<WorkerReport>[];
  let workers: TaskWorkerPool;
  let takesWork: boolean;
  let ledger: ResourceLedger;
  let service: ReturnType<typeof agentService>;

  const prepare = async (group: string, ...bundles: [index: number, cpus: number][]): Promise<boolean> => {
    const reservations = bundles.map(([index, CPU]) => ({ index, resources: { units: toFixedPoint({ CPU }) } }));
    return (await service.prepareBundles({ placementGroupId: group, bundles: reservations }, signal)).prepared!;
  };
  const commit = (group: string, ...indexes: number[]) =>
    service.commitBundles({ placementGroupId: group, bundleIndexes: indexes }, signal);
  const giveBack = (group: string, ...indexes: number[]) =>
    service.returnBundles({ placementGroupId: group, bundleIndexes: indexes }, signal);
  const start = async (request: StartActorRequest): Promise<boolean> =>
    (await service.startActor(request, signal)).started!;
  const freeCpus = (): number => (ledger.snapshot().available['CPU'] ?? 0) / 10_000;
  const deaths = (): string[] => reports.map(({ actorId, death }) => `${actorId} ${death?.kind}`);

  beforeEach(() => {
    node = fakeNode();
    reports = [];
    workerReports = [];
    takesWork = true;
    ledger = new ResourceLedger({ total: toFixedPoint({ CPU: 4 }) });
    workers = new TaskWorkerPool(node, 2);
    const shared = { node, logger: silentLogger };
    const actors = new ActorTable({
      ...shared,
      release: (actorId) => ledger.release(actorId),
      report: (report) => reports.push(report),
    });
    const leases = new LeaseTable({ ...shared, workers, ledger, report: (report) => workerReports.push(report) });
    service = agentService({ ledger, actors, leases, takesWork: () => takesWork });
  });

  afterEach(() => workers.close());

  it('prepares all bundles or none', async () => {
    expect(await prepare('g1', [0, 1], [1, 2])).toBe(true);
    expect(freeCpus()).toBe(1);
    expect(await prepare('g2', [0, 1], [1, 1])).toBe(false);
    expect(freeCpus()).toBe(1);
  });

  it('may be asked again for what it did', async () => {
    expect([await prepare('g1', [0, 1]), await prepare('g1', [0, 1])]).toEqual([true, true]);
    expect(freeCpus()).toBe(3);
    await commit('g1', 0);
    await commit('g1', 0);
    await giveBack('g1');
    await giveBack('g1');
    expect(freeCpus()).toBe(4);
  });

  it('refuses to commit what it does not hold, naming it', async () => {
    await prepare('g1', [0, 1]);
    await expect(commit('g1', 0, 3)).rejects.toThrow(IllegalStateError);
    await expect(commit('g1', 0, 3)).rejects.toThrow('Bundles 3 of placement group g1');
  });

  it('starts an actor in a committed bundle that has room, once', async () => {
    await prepare('g1', [0, 1]);
    expect(await start(requestOf('a1', { CPU: 1 }, 'g1', 0))).toBe(false);
    await commit('g1', 0);
    expect(await start(requestOf('a1', { CPU: 1 }, 'g1', 0))).toBe(true);
    expect(await start(requestOf('a1', { CPU: 1 }, 'g1', 0))).toBe(true);
    expect(await start(requestOf('a2', { CPU: 1 }, 'g1', 0))).toBe(false);
    await new Promise(setImmediate);
    expect(node.processes).toHaveLength(1);
  });

  it('starts no actor when others hold the resources, until its process has ended', async () => {
    expect(await start(requestOf('a1', { CPU: 3 }))).toBe(true);
    expect(await start(requestOf('a2', { CPU: 2 }))).toBe(false);
    await service.killActor({ actorId: 'a1', kind: 'ACTOR_DEATH_KIND_KILLED', message: 'x', graceful: false }, signal);
    expect(await start(requestOf('a2', { CPU: 2 }))).toBe(true);
  });

  it('ends the actors in the bundles that are returned, and frees them then', async () => {
    await prepare('g1', [0, 1], [1, 1]);
    await commit('g1', 0, 1);
    await start(requestOf('a1', { CPU: 1 }, 'g1', 0));
    await start(requestOf('a2', { CPU: 1 }, 'g1', 1));
    await giveBack('g1');
    expect(deaths()).toEqual([
      'a1 ACTOR_DEATH_KIND_PLACEMENT_GROUP_REMOVED',
      'a2 ACTOR_DEATH_KIND_PLACEMENT_GROUP_REMOVED',
    ]);
    expect(freeCpus()).toBe(4);
  });

  it('returns the bundles that are named, and leaves the others of the group with their actors', async () => {
    await prepare('g1', [0, 1], [1, 1]);
    await commit('g1', 0, 1);
    await start(requestOf('a1', { CPU: 1 }, 'g1', 0));
    await giveBack('g1', 1);
    expect(deaths()).toEqual([]);
    expect(freeCpus()).toBe(3);
  });

  it('starts nothing more in a bundle that is being returned', async () => {
    await prepare('g1', [0, 2]);
    await commit('g1', 0);
    await start(requestOf('a1', { CPU: 1 }, 'g1', 0));
    const returned = giveBack('g1');
    expect(await start(requestOf('a2', { CPU: 1 }, 'g1', 0))).toBe(false);
    await returned;
    expect(freeCpus()).toBe(4);
  });

  it('refuses a start without a spec', async () => {
    await expect(service.startActor({ spec: null, bundleIndex: -1, numRestarts: 0 }, signal)).rejects.toThrow(
      InvalidArgumentError,
    );
  });

  it('answers a kill in order at once: the report says when it is over', async () => {
    await start(requestOf('a1', { CPU: 1 }));
    await new Promise(setImmediate);
    node.processes[0]!.say({ kind: 'alive', rpcAddress: 'x' });
    await service.killActor(
      { actorId: 'a1', kind: 'ACTOR_DEATH_KIND_OUT_OF_SCOPE', message: 'x', graceful: true },
      signal,
    );
    expect(node.processes[0]!.toldKinds).toEqual(['start-actor', 'terminate']);
    expect(reports.at(-1)!.state).toBe('ACTOR_LIFE_STATE_ALIVE');
  });

  it('ends the task workers in the bundles that are returned', async () => {
    await prepare('g1', [0, 2]);
    await commit('g1', 0);
    const leased = service.leaseWorker(leaseWorkerRequest({ leaseId: 'l1', placementGroupId: 'g1', cpus: 1 }), signal);
    await new Promise(setImmediate);
    node.processes[0]!.say({ kind: 'alive', rpcAddress: 'x' });
    expect(await leased).toMatchObject({ leased: true });
    await giveBack('g1');
    expect(workerReports).toMatchObject([
      { leaseId: 'l1', death: { kind: 'ACTOR_DEATH_KIND_PLACEMENT_GROUP_REMOVED' } },
    ]);
    expect(freeCpus()).toBe(4);
  });

  it('takes nothing more while its node leaves', async () => {
    takesWork = false;
    expect(await prepare('g1', [0, 1])).toBe(false);
    expect(await start(requestOf('a1', { CPU: 1 }))).toBe(false);
    expect(await service.leaseWorker(leaseWorkerRequest({ leaseId: 'l1' }), signal)).toEqual({ leased: false });
    expect(freeCpus()).toBe(4);
  });
});
