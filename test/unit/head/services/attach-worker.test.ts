import { InvalidArgumentError, type JobId, type WorkerId } from '../../../../src/core/index.js';
import { actorRecord, groupRecord, jobRecord, nodeRecord } from '../../../support/head-records.js';
import { fromWorker, handled, registerDriver, registerWorker, SessionsFixture } from './sessions-fixture.js';

const j1 = 'j1' as JobId;
const granted = {
  registered: {
    clusterId: 'c1',
    leaseMs: 10_000,
    headLeaseMs: 60_000,
    namespace: 'j1',
    headAddresses: { addresses: ['head:1'] },
  },
};

describe("a worker's session", () => {
  let head: SessionsFixture;

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    head = await SessionsFixture.open();
  });

  afterEach(() => {
    head.close();
    jest.useRealTimers();
  });

  const open = async (message: ReturnType<typeof registerDriver>) => {
    const stream = head.openWorker();
    stream.deliver(message);
    await handled();
    return stream;
  };

  it('registers a driver with its job, answers heartbeats, and brings what is sent to it', async () => {
    const stream = await open(registerDriver('j1', { submissionId: 's1', logToDriver: true }));
    stream.deliver(fromWorker({ heartbeat: {} }));
    await handled();
    head.news.askForLeases('driver-j1' as WorkerId);
    expect(stream.sent).toEqual([granted, { heartbeat: {} }, { reclaimLeases: {} }]);
    expect(head.journal.jobs.get(j1)).toMatchObject({
      state: 'RUNNING',
      entrypoint: 'driver.ts',
      driverWorkerId: 'driver-j1',
      namespace: 'j1',
      submissionId: 's1',
      logToDriver: true,
    });
  });

  it("tells a job's other workers the namespace that its driver chose", async () => {
    await open(registerDriver('j1', { namespace: 'lab' }));
    const worker = await open(registerWorker('w1'));
    expect(worker.sent).toMatchObject([{ registered: { namespace: 'lab' } }]);
  });

  it('is refused with another version, without a registration or an id, and after the end of its job', async () => {
    await head.journal.putJob(jobRecord('over', { state: 'FINISHED' }));
    const messages = [
      registerDriver('j1', { version: '0.9.0' }),
      fromWorker({ heartbeat: {} }),
      registerWorker(''),
      registerDriver('over'),
    ];
    const streams = await Promise.all(messages.map(open));
    expect(streams.map(({ closedWith }) => String(closedWith))).toEqual([
      expect.stringMatching(/The driver runs ray-ts 0\.9\.0, the cluster 1\.0\.0/),
      expect.stringMatching(/must register the worker/),
      expect.stringMatching(/registers with its worker id/),
      expect.stringMatching(/Job over is over/),
    ]);
    expect(streams.every(({ closedWith }) => closedWith instanceof InvalidArgumentError)).toBe(true);
  });

  it('goes on after the end of the job for a worker that is no driver: it may be of a detached actor', async () => {
    await head.journal.putJob(jobRecord('over', { state: 'FINISHED' }));
    const stream = await open(registerWorker('w1', { jobId: 'over' }));
    expect(stream.isEnded).toBe(false);
  });

  it('is over at once when the worker says goodbye', async () => {
    const stream = await open(registerDriver('j1'));
    stream.deliver(fromWorker({ goodbye: {} }));
    stream.end();
    await handled();
    expect(head.happened).toEqual(['driver-j1 left']);
  });

  it('waits for a worker whose stream ended without goodbye, and is over when it stays away', async () => {
    const stream = await open(registerDriver('j1'));
    stream.end();
    await jest.advanceTimersByTimeAsync(1_500);
    expect(head.happened).toEqual([]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(head.happened).toEqual(['driver-j1 expired']);
  });

  it('tells a worker that comes back the state of all that it follows, and nothing else', async () => {
    await head.journal.putPlacementGroup(groupRecord('g1', [{ CPU: 1 }], ['n1']));
    await head.journal.putPlacementGroup(groupRecord('g2', [{ CPU: 1 }], ['n1']));
    await head.journal.putActor(
      actorRecord('a1', {}, { state: 'DEAD', death: { kind: 'KILLED', message: 'It was killed.' } }),
    );
    const stream = await open(registerWorker('w1', { subscriptions: { actorIds: ['a1'], placementGroupIds: ['g1'] } }));
    expect(stream.sent.slice(1)).toMatchObject([
      { actorUpdate: { actorId: 'a1', state: 'ACTOR_LIFE_STATE_DEAD', death: { message: 'It was killed.' } } },
      { placementGroupUpdate: { placementGroupId: 'g1', state: 'PLACEMENT_GROUP_STATE_CREATED' } },
    ]);
  });

  it('brings every change of what the worker follows, until it follows it no more', async () => {
    const actor = actorRecord('a1', {});
    await head.journal.putActor(actor);
    const follow = { subscribe: { actorIds: ['a1'] } };
    const stream = await open(registerWorker('w1'));
    stream.deliver(fromWorker(follow));
    await handled();
    head.news.publishActor({ actor: { ...actor, state: 'RESTARTING', numRestarts: 1 }, report: undefined }, '');
    head.news.publishActor({ actor: { ...actor, state: 'RESTARTING' }, report: undefined }, 'it waits');
    expect(stream.sent.slice(1)).toMatchObject([
      { actorUpdate: { state: 'ACTOR_LIFE_STATE_ALIVE', numRestarts: 0 } },
      { actorUpdate: { state: 'ACTOR_LIFE_STATE_RESTARTING', numRestarts: 1, pendingReason: '' } },
      { actorUpdate: { pendingReason: 'it waits' } },
    ]);
    head.news.unfollow('w1' as WorkerId);
    head.news.publishActor({ actor, report: undefined }, '');
    expect(stream.sent).toHaveLength(4);
  });

  it('tells of nodes that the worker follows whether they live, and when they die', async () => {
    const node = nodeRecord('n1', { CPU: 2 });
    await head.journal.putNode(node);
    await head.journal.putNode(nodeRecord('n2', { CPU: 2 }, { state: 'DEAD' }));
    const stream = await open(registerWorker('w1', { subscriptions: { nodeIds: ['n1', 'n2'] } }));
    head.news.publishNode({ ...node, state: 'DEAD' });
    head.news.publishNode({ ...node, state: 'DEAD' });
    expect(stream.sent.slice(1)).toEqual([
      { nodeUpdate: { nodeId: 'n1', state: 'NODE_LIFE_STATE_ALIVE' } },
      { nodeUpdate: { nodeId: 'n2', state: 'NODE_LIFE_STATE_DEAD' } },
      { nodeUpdate: { nodeId: 'n1', state: 'NODE_LIFE_STATE_DEAD' } },
    ]);
  });

  it('tells after a while that there is no such actor, group or node: it may not have been heard of yet', async () => {
    const subscriptions = { actorIds: ['a1', 'a2'], placementGroupIds: ['g1'], nodeIds: ['n1', 'n2'] };
    const stream = await open(registerWorker('w1', { subscriptions }));
    await head.journal.putActor(actorRecord('a2', {}));
    await head.journal.putNode(nodeRecord('n2', {}));
    await jest.advanceTimersByTimeAsync(9_000);
    stream.deliver(fromWorker({ heartbeat: {} }));
    await jest.advanceTimersByTimeAsync(1_500);
    expect(stream.sent.filter((event) => !event.heartbeat).slice(1)).toMatchObject([
      { actorUpdate: { actorId: 'a1', state: 'ACTOR_LIFE_STATE_DEAD' } },
      { placementGroupUpdate: { placementGroupId: 'g1', state: 'PLACEMENT_GROUP_STATE_REMOVED' } },
      { nodeUpdate: { nodeId: 'n1', state: 'NODE_LIFE_STATE_DEAD' } },
    ]);
  });

  describe('with leases', () => {
    const request = (leaseId: string, units = 10_000, zone = 'a') => ({
      leaseId,
      jobId: 'j1',
      name: 'work',
      resources: { units: { CPU: units } },
      strategy: { labelSelector: zone === 'a' ? {} : { zone } },
    });

    beforeEach(() => head.journal.putNode(nodeRecord('n1', { CPU: 2 })));

    it('grants what is asked for, and takes it back', async () => {
      const stream = await open(registerDriver('j1'));
      stream.deliver(fromWorker({ leaseRequest: request('l1') }));
      await handled();
      expect(stream.sent.at(-1)).toMatchObject({ leaseUpdate: { leaseId: 'l1', granted: { nodeId: 'n1' } } });
      stream.deliver(fromWorker({ returnLease: { leaseId: 'l1' } }));
      await handled();
      expect(head.happened).toEqual(['n1 takes l1 back']);
    });

    it('says what is wrong with a request, and goes on', async () => {
      const stream = await open(registerDriver('j1'));
      for (const wrong of [request('l1', 0.5), request('l2', 90_000), request('l3', 1, 'in(')]) {
        stream.deliver(fromWorker({ leaseRequest: wrong }));
      }
      await handled();
      expect(stream.sent.slice(1)).toMatchObject([
        { leaseUpdate: { leaseId: 'l1', failed: { code: 'RAY_INVALID_ARGUMENT' } } },
        { leaseUpdate: { leaseId: 'l2', failed: { code: 'RAY_TASK_UNSCHEDULABLE' } } },
        { leaseUpdate: { leaseId: 'l3', failed: { code: 'RAY_INVALID_ARGUMENT' } } },
      ]);
      expect(stream.isEnded).toBe(false);
    });

    it('goes on with the requests of a worker that comes back', async () => {
      const stream = await open(registerDriver('j1', { leaseRequests: [request('l1')] }));
      expect(stream.sent.at(-1)).toMatchObject({ leaseUpdate: { leaseId: 'l1', granted: { nodeId: 'n1' } } });
    });
  });

  it('tells a driver whose job was ended meanwhile that it is over', async () => {
    const stream = await open(registerDriver('j1'));
    await head.journal.putJob({ ...head.journal.jobs.get(j1)!, state: 'FINISHED' });
    stream.deliver(fromWorker({ heartbeat: {} }));
    await handled();
    expect(String(stream.closedWith)).toMatch(/Job j1 is over/);
  });
});
