import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { HeadStore } from '../../../../head/store/head-store.js';
import { openHeadStore } from '../../../../head/store/open-head-store.js';
import { InvalidArgumentError, StoreUnavailableError } from '../../../../src/core/errors/index.js';
import { describeWithRedis, readRedisPid, TestRedisServer } from '../../../support/redis-server.js';

const WRITE_TIMEOUT_MS = 300;

describeWithRedis('RedisHeadStore when Redis fails', (executable) => {
  let server: TestRedisServer;
  let store: HeadStore;
  let epoch: number;

  beforeEach(async () => {
    server = new TestRedisServer(executable);
    await server.start();
    store = await openStore(server.url);
    epoch = (await store.acquireLease('head', 60_000))?.epoch ?? Number.NaN;
  });
  afterEach(async () => {
    await store.close();
    await server.stop();
  });

  it('throws StoreUnavailableError while Redis is stopped, and works again after it continues', async () => {
    const pid = await readRedisPid(server.url);
    process.kill(pid, 'SIGSTOP');
    await expect(commit(1)).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      message: expect.stringContaining('may have happened'),
    });
    await expect(store.get('nodes', 'n')).rejects.toBeInstanceOf(StoreUnavailableError);
    process.kill(pid, 'SIGCONT');
    await untilCommitted(2);
    expect(await store.get('nodes', 'n')).toEqual(Buffer.from([2]));
  });

  it('loses no acknowledged commit when Redis is killed and starts again', async () => {
    const pid = await readRedisPid(server.url);
    const outcomes = Array.from({ length: 300 }, (_, i) => putNode(`n-${i}`));
    await outcomes[100];
    process.kill(pid, 'SIGKILL');
    const settled = await Promise.allSettled(outcomes);
    await server.exited;
    await server.start();
    const kept = new Set((await eventually(() => store.list('nodes'))).map(({ id }) => id));
    const acknowledged = settled.flatMap(({ status }, i) => (status === 'fulfilled' ? [`n-${i}`] : []));
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
  });

  it('refuses the write that arrives after a later one took effect', async () => {
    await commit(1);
    const late = await openStore(server.url);
    await expect(late.commit(epoch, [put(0)])).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await store.get('nodes', 'n')).toEqual(Buffer.from([1]));
    await late.close();
  });

  it('says that the login is wrong', async () => {
    const admin = new Redis(server.url);
    await admin.config('SET', 'requirepass', 'secret');
    admin.disconnect();
    await expect(openStore(server.url)).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  const put = (value: number) => ({ kind: 'put', table: 'nodes', id: 'n', record: Uint8Array.of(value) }) as const;
  const commit = (value: number): Promise<void> => store.commit(epoch, [put(value)]);
  const putNode = (id: string): Promise<void> =>
    store.commit(epoch, [{ kind: 'put', table: 'nodes', id, record: Uint8Array.of(1) }]);
  const untilCommitted = (value: number): Promise<void> => eventually(() => commit(value));
});

function openStore(url: string): Promise<HeadStore> {
  return openHeadStore({ kind: 'redis', url, namespace: 'outage', writeTimeoutMs: WRITE_TIMEOUT_MS });
}

/** Repeats while the store is unavailable; the test's own time limit ends a wait in vain. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
    await delay(10);
  }
}
