import { CLUSTER_ROW, LeaseKeeper } from '../../../../head/lease-keeper.js';
import { StateJournal } from '../../../../head/state-journal.js';
import type { HeadStore } from '../../../../head/store/head-store.js';
import { openHeadStore } from '../../../../head/store/open-head-store.js';
import { StaleEpochError } from '../../../../src/core/index.js';
import { eventually } from '../../../support/eventually.js';
import { jobRecord } from '../../../support/head-records.js';
import { describeWithRedis, readRedisPid, TestRedisServer } from '../../../support/redis-server.js';

const bytes = (text: string): Buffer => Buffer.from(text);

/** As a server does that is restored from a snapshot, or whose last second was not on disk yet. */
describeWithRedis('a Redis that comes back without its last writes', (executable) => {
  let server: TestRedisServer;
  let store: HeadStore;
  let lease: LeaseKeeper;
  let journal: StateJournal;
  let lost: string[];

  beforeEach(async () => {
    server = new TestRedisServer(executable);
    await server.start();
    store = await open();
    lost = [];
    ({ lease, journal } = await lead());
    await journal.putRow('metadata', CLUSTER_ROW, bytes('{}'));
  });
  afterEach(async () => {
    await lease.release('keep');
    await store.close();
    await server.stop();
  });

  const open = (): Promise<HeadStore> => openHeadStore({ kind: 'redis', url: server.url, namespace: 'rewound' });

  async function lead(): Promise<{ lease: LeaseKeeper; journal: StateJournal }> {
    const keeper = (await LeaseKeeper.acquire(store, 'head'))!;
    const written = new StateJournal(store, keeper);
    keeper.listen({ onLost: (reason) => lost.push(reason), onRegained: () => void written.catchUp() });
    return { lease: keeper, journal: written };
  }

  async function kill(): Promise<void> {
    process.kill(await readRedisPid(server.url), 'SIGKILL');
    await server.exited;
  }

  async function restoreSaved(): Promise<void> {
    await kill();
    server.restore();
    await server.start();
  }

  /** What the next head would find, as text. */
  async function kept(): Promise<Record<string, string>> {
    const rows = await store.list('kv');
    return Object.fromEntries(rows.map(({ id, record }) => [id, Buffer.from(record).toString()]));
  }

  it('has them again when the next write is acknowledged, without what had been deleted', async () => {
    await journal.putRow('kv', 'changed', bytes('old'));
    await journal.putRow('kv', 'deleted', bytes('old'));
    server.save();
    await journal.putRow('kv', 'changed', bytes('new'));
    await journal.deleteRow('kv', 'deleted');
    await journal.putRow('kv', 'lost', bytes('new'));
    await journal.putJob(jobRecord('lost'));
    await restoreSaved();
    await journal.putRow('kv', 'next', bytes('new'));
    expect(await kept()).toEqual({ changed: 'new', lost: 'new', next: 'new' });
    expect(await store.list('jobs')).toHaveLength(1);
    expect(lost).toEqual([]);
  });

  it('has them again soon when nothing is written', async () => {
    server.save();
    await journal.putRow('kv', 'lost', bytes('new'));
    await restoreSaved();
    await eventually('the row is there', async () => ((await kept())['lost'] === 'new' ? true : undefined));
  });

  it('is that of the same head, also where its state is of the time of an earlier one that still held the lease', async () => {
    await journal.putRow('kv', 'kept', bytes('old'));
    server.save();
    await lease.release('keep');
    ({ lease, journal } = await lead());
    await journal.putRow('kv', 'lost', bytes('new'));
    await restoreSaved();
    await journal.putRow('kv', 'next', bytes('new'));
    expect(await kept()).toEqual({ lost: 'new', next: 'new' });
    expect(lost).toEqual([]);
  });

  it('is lost to the head that had it when another one acquired the lease first', async () => {
    const [before, rival] = [await open(), await open()];
    await lease.release('keep');
    const held = (await before.acquireLease('before', 1))!;
    server.save();
    const later = (await before.acquireLease('before', 1))!;
    await restoreSaved();
    const taken = (await eventually('the lease is free', () => rival.acquireLease('rival', 60_000)))!;
    expect(taken.epoch).toBeGreaterThan(later.epoch);
    for (const lease of [held, later]) {
      expect(await before.reclaimLease(lease, 'before', 60_000)).toBeUndefined();
      await expect(before.commit(lease.epoch, [])).rejects.toBeInstanceOf(StaleEpochError);
    }
    await rival.close();
    await before.close();
  });
});
