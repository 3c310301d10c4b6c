import { InvalidArgumentError, type NodeId } from '../../../../src/core/index.js';
import { actorRecord, addressOf } from '../../../support/head-records.js';
import { RecordingStore } from '../../../support/recording-store.js';
import { fromNode, handled, registerNode, SessionsFixture } from './sessions-fixture.js';

const n1 = 'n1' as NodeId;
const granted = {
  registered: { clusterId: 'c1', leaseMs: 10_000, headLeaseMs: 60_000, headAddresses: { addresses: ['head:1'] } },
};

describe("an agent's session", () => {
  let store: RecordingStore;
  let head: SessionsFixture;

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    store = new RecordingStore();
    head = await SessionsFixture.open(store);
  });

  afterEach(() => {
    head.close();
    jest.useRealTimers();
  });

  it('registers the node, answers with what the head grants, and lets work be placed', async () => {
    const stream = head.openNode();
    stream.deliver(registerNode('n1'));
    await handled();
    expect(stream.sent).toEqual([granted]);
    expect(head.journal.nodes.get(n1)).toMatchObject({
      state: 'ALIVE',
      hostname: 'host-n1',
      total: { CPU: 20_000 },
      labels: { zone: 'a' },
      nodeName: 'name-n1',
      objectStoreBytes: 1_000,
      startedAtMs: Date.now(),
      endedAtMs: 0,
    });
    expect(head.nodeSessions.has(n1)).toBe(true);
    expect(head.happened).toEqual(['change']);
  });

  it('gets no work before its agent is told that it has joined, however long the store is away', async () => {
    store.state = 'away';
    const stream = head.openNode();
    stream.deliver(registerNode('n1'));
    await handled();
    expect(stream.sent).toEqual([]);
    expect(head.journal.nodes.get(n1)).toMatchObject({ state: 'AWAITED' });
    store.state = 'there';
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stream.sent[0]).toEqual(granted);
    expect(head.journal.nodes.get(n1)).toMatchObject({ state: 'ALIVE' });
  });

  it('goes by the second stream of an agent that gave up the first while the store was away', async () => {
    store.state = 'away';
    const first = head.openNode();
    first.deliver(registerNode('n1'));
    await handled();
    first.end();
    const second = head.openNode();
    second.deliver(registerNode('n1'));
    await handled();
    expect(second.sent).toEqual([granted]);
    store.state = 'there';
    await jest.advanceTimersByTimeAsync(5_000);
    expect(second.closedWith).toBeUndefined();
    expect(head.happened).toEqual(['change']);
  });

  it('is refused to a node that an earlier head declared dead', async () => {
    const stream = head.openNode();
    stream.deliver(registerNode('n1', '1.0.0', true));
    await handled();
    expect(stream.closedWith).toBeInstanceOf(InvalidArgumentError);
    expect(String(stream.closedWith)).toMatch(/declared dead before the head was started again; it must join anew/);
    expect(head.journal.nodes.size).toBe(0);
  });

  it('is refused with another version, and when its first message is no registration', async () => {
    const other = head.openNode();
    other.deliver(registerNode('n1', '0.9.0'));
    const mute = head.openNode();
    mute.deliver(fromNode({ heartbeat: {} }));
    await handled();
    expect(other.closedWith).toBeInstanceOf(InvalidArgumentError);
    expect(String(other.closedWith)).toMatch(/runs ray-ts 0\.9\.0, the head 1\.0\.0/);
    expect(mute.closedWith).toBeInstanceOf(InvalidArgumentError);
    expect(head.journal.nodes.size).toBe(0);
  });

  it('answers heartbeats, also those that come before the registration is stored', async () => {
    const stream = head.openNode();
    stream.deliver(registerNode('n1'));
    stream.deliver(fromNode({ heartbeat: {} }));
    await handled();
    expect(stream.sent).toEqual([granted, { heartbeat: {} }]);
  });

  it('hands on what becomes of actors, as said by this node', async () => {
    const stream = head.openNode();
    stream.deliver(registerNode('n1'));
    await head.journal.putActor(actorRecord('a1', { CPU: 1 }, { state: 'PENDING_CREATION', nodeId: n1 }));
    await head.journal.putActor(actorRecord('a2', { CPU: 1 }, { state: 'PENDING_CREATION', nodeId: 'n2' as NodeId }));
    const address = addressOf('w1', 'somewhere else');
    stream.deliver(fromNode({ actorReport: { actorId: 'a1', state: 'ACTOR_LIFE_STATE_ALIVE', address } }));
    stream.deliver(fromNode({ actorReport: { actorId: 'a2', state: 'ACTOR_LIFE_STATE_ALIVE', address } }));
    const death = { kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED', message: 'gone' } as const;
    stream.deliver(fromNode({ actorReport: { actorId: 'a1', state: 'ACTOR_LIFE_STATE_DEAD', death } }));
    await handled();
    expect(head.happened.slice(1)).toEqual(['a1 is ALIVE', 'n1 kill a2', 'a1 is DEAD', 'w1 is gone']);
  });

  it('hands on what becomes of the workers of leases, and which leases the node holds', async () => {
    const stream = head.openNode();
    stream.deliver(registerNode('n1'));
    const held = { leaseId: 'l1', holderWorkerId: 'w9', resources: { units: { CPU: 10_000 } } };
    const address = addressOf('w1', 'n1');
    stream.deliver(fromNode({ inventory: { leases: [{ ...held, address: { ...address, gpuIds: [] } }] } }));
    await handled();
    expect([...head.scheduler.leaseTable.records.values()]).toMatchObject([
      { leaseId: 'l1', state: 'GRANTED', nodeId: 'n1' },
    ]);
    stream.deliver(fromNode({ workerReport: { leaseId: 'l1', workerId: 'w1', held: { units: {} } } }));
    await handled();
    expect([...head.scheduler.leaseTable.records.values()]).toMatchObject([{ held: {} }]);
    const death = { kind: 'ACTOR_DEATH_KIND_PROCESS_EXITED', message: 'gone' } as const;
    stream.deliver(fromNode({ workerReport: { leaseId: 'l1', workerId: 'w1', death } }));
    await handled();
    expect(head.scheduler.leaseTable.records.size).toBe(0);
    expect(head.happened.at(-1)).toBe('w1 is gone');
  });

  it('ends the node at once when it says goodbye', async () => {
    const stream = head.openNode();
    stream.deliver(registerNode('n1'));
    stream.deliver(fromNode({ goodbye: {} }));
    stream.end();
    await handled();
    expect(head.happened).toEqual(['change', 'n1 left']);
  });

  it('gives the node time to come back when its stream breaks, and keeps it when it does', async () => {
    const first = head.openNode();
    first.deliver(registerNode('n1'));
    await handled();
    first.end();
    await jest.advanceTimersByTimeAsync(1_500);
    const startedAtMs = head.journal.nodes.get(n1)?.startedAtMs;
    const second = head.openNode();
    second.deliver(registerNode('n1'));
    await handled();
    expect(head.journal.nodes.get(n1)?.startedAtMs).toBe(startedAtMs);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(head.happened).toEqual(['change', 'change']);
    second.end();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(head.happened.at(-1)).toBe('n1 expired');
  });

  it('is not taken for broken when an older stream of the node ends', async () => {
    const first = head.openNode();
    first.deliver(registerNode('n1'));
    await handled();
    const second = head.openNode();
    second.deliver(registerNode('n1'));
    await handled();
    expect(first.closedWith).toBeNull();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(head.happened).toEqual(['change', 'change']);
  });

  it('expires when the stream ended while the registration was being stored', async () => {
    const stream = head.openNode();
    stream.deliver(registerNode('n1'));
    stream.end();
    await handled();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(head.happened.at(-1)).toBe('n1 expired');
  });

  it('tells a node that was declared dead, whether it goes on talking or comes back', async () => {
    const stream = head.openNode();
    stream.deliver(registerNode('n1'));
    await handled();
    await head.journal.putNode({ ...head.journal.nodes.get(n1)!, state: 'DEAD', deathReason: 'it was silent' });
    stream.deliver(fromNode({ heartbeat: {} }));
    const again = head.openNode();
    again.deliver(registerNode('n1'));
    await handled();
    for (const { closedWith } of [stream, again]) {
      expect(closedWith).toBeInstanceOf(InvalidArgumentError);
      expect(String(closedWith)).toMatch(/declared dead \(it was silent\); it must join anew/);
    }
  });
});
