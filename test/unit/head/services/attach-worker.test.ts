import { InvalidArgumentError, type JobId } from '../../../../src/core/index.js';
import { actorRecord, groupRecord, jobRecord } from '../../../support/head-records.js';
import { handled, registerDriver, SessionsFixture } from './sessions-fixture.js';

const j1 = 'j1' as JobId;
const granted = { registered: { clusterId: 'c1', leaseMs: 10_000, headLeaseMs: 60_000 } };

describe("a driver's session", () => {
  let head: SessionsFixture;

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    head = await SessionsFixture.open();
  });

  afterEach(() => {
    head.close();
    jest.useRealTimers();
  });

  it('registers the job, answers heartbeats, and brings updates', async () => {
    const stream = head.openDriver();
    stream.deliver(registerDriver('j1'));
    stream.deliver({ heartbeat: {} });
    await handled();
    const update = { actorUpdate: { actorId: 'a', state: 'ACTOR_LIFE_STATE_ALIVE' } } as const;
    head.drivers.send(j1, update);
    expect(stream.sent).toEqual([granted, { heartbeat: {} }, update]);
    expect(head.journal.jobs.get(j1)).toMatchObject({ state: 'RUNNING', entrypoint: 'driver.ts' });
  });

  it('is refused with another version, without a registration, and after the end of its job', async () => {
    await head.journal.putJob(jobRecord('over', { state: 'FINISHED' }));
    const streams = [registerDriver('j1', '0.9.0'), { heartbeat: {} }, registerDriver('over')].map((message) => {
      const stream = head.openDriver();
      stream.deliver(message);
      return stream;
    });
    await handled();
    expect(streams.map(({ closedWith }) => String(closedWith))).toEqual([
      expect.stringMatching(/The driver runs ray-ts 0\.9\.0, the cluster 1\.0\.0/),
      expect.stringMatching(/must register the driver/),
      expect.stringMatching(/Job over is over/),
    ]);
    expect(streams.every(({ closedWith }) => closedWith instanceof InvalidArgumentError)).toBe(true);
  });

  it('ends the job at once when the driver says goodbye', async () => {
    const stream = head.openDriver();
    stream.deliver(registerDriver('j1'));
    stream.deliver({ goodbye: {} });
    stream.end();
    await handled();
    expect(head.happened).toEqual(['j1 finished']);
  });

  it('waits for a driver whose stream ended without goodbye, and ends its job when it stays away', async () => {
    const stream = head.openDriver();
    stream.deliver(registerDriver('j1'));
    await handled();
    stream.end();
    await jest.advanceTimersByTimeAsync(1_500);
    expect(head.happened).toEqual([]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(head.happened).toEqual(['j1 expired']);
  });

  it('tells a driver that comes back the state of everything that it owns, and nothing of others', async () => {
    const first = head.openDriver();
    first.deliver(registerDriver('j1'));
    await handled();
    first.end();
    await head.journal.putPlacementGroup(groupRecord('g1', [{ CPU: 1 }], ['n1']));
    await head.journal.putPlacementGroup(groupRecord('g2', [{ CPU: 1 }], ['n1'], { jobId: 'j2' as JobId }));
    await head.journal.putActor(
      actorRecord('a1', {}, { state: 'DEAD', death: { kind: 'KILLED', message: 'It was killed.' } }),
    );
    const second = head.openDriver();
    second.deliver(registerDriver('j1'));
    await handled();
    expect(second.sent).toMatchObject([
      granted,
      { placementGroupUpdate: { placementGroupId: 'g1', state: 'PLACEMENT_GROUP_STATE_CREATED' } },
      { actorUpdate: { actorId: 'a1', state: 'ACTOR_LIFE_STATE_DEAD', death: { message: 'It was killed.' } } },
    ]);
    expect(second.sent).toHaveLength(3);
  });

  it('tells a driver whose job was ended meanwhile that it is over', async () => {
    const stream = head.openDriver();
    stream.deliver(registerDriver('j1'));
    await handled();
    await head.journal.putJob({ ...head.journal.jobs.get(j1)!, state: 'FINISHED' });
    stream.deliver({ heartbeat: {} });
    await handled();
    expect(String(stream.closedWith)).toMatch(/Job j1 is over/);
  });
});
