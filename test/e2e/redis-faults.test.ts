import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandedDriver } from '../support/commanded-driver.js';
import { killHead, patientClient, restartHead } from '../support/head-outage.js';
import { eventually, Lab } from '../support/lab.js';
import { describeWithRedis, readRedisPid, TestRedisServer } from '../support/redis-server.js';

/** The lease is shorter than the outages: a store that is away must not look like a silent node or driver. */
const LEASES = ['--lease-ms', '3000', '--num-cpus', '4'];
const OUTAGE_MS = 8_000;

describeWithRedis('a Redis that misbehaves', (executable) => {
  let lab: Lab;
  let driver: CommandedDriver | undefined;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(async () => {
    await driver?.kill();
    driver = undefined;
    await lab.close();
  });

  const headPid = () => lab.processes().find(({ command }) => command.includes('head/main.js'))?.pid;
  const everybodyLives = async () => {
    const { nodes, actors } = await lab.status();
    return [nodes.map(({ state }) => state), actors.map(({ state }) => state)];
  };
  const ALIVE = [['NODE_LIFE_STATE_ALIVE'], ['ACTOR_LIFE_STATE_ALIVE']];

  async function startDriver(): Promise<CommandedDriver> {
    driver = await CommandedDriver.start(lab);
    await driver.tell({ do: 'create', actor: 'first' });
    expect(await driver.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(1);
    return driver;
  }

  describe('of its own', () => {
    const redisPid = (): Promise<number> => {
      const { session } = JSON.parse(readFileSync(join(lab.directory, 'current.json'), 'utf8'));
      return readRedisPid(join(session, 'redis', 'redis.sock'));
    };

    it('is started again on its data when it is killed; the head, nodes and actors go on', async () => {
      const cluster = await lab.startHead(LEASES);
      const [head, redis] = [headPid(), await redisPid()];
      const client = patientClient(cluster);
      const told = await startDriver();
      try {
        await client.call('putKey', { namespace: '', key: 'k', value: Buffer.from('kept'), overwrite: true });
        process.kill(redis, 'SIGKILL');
        await told.tell({ do: 'create', actor: 'second' });
        expect(await told.tell({ do: 'add', actor: 'second', amount: 2 })).toBe(2);
        expect(await told.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(2);
        expect(Buffer.from((await client.call('getKey', { namespace: '', key: 'k' })).value).toString()).toBe('kept');
      } finally {
        client.close();
      }
      expect(headPid()).toBe(head);
      expect(await redisPid()).not.toBe(redis);
    });
  });

  describe('outside', () => {
    let redis: TestRedisServer;
    beforeEach(async () => {
      redis = new TestRedisServer(executable);
      await redis.start();
    });
    afterEach(() => redis.stop());

    const startHead = (...flags: string[]) => lab.startHead([...LEASES, '--redis-address', redis.url, ...flags]);

    it('is frozen for longer than every lease: nothing dies, reads go on, writes complete when it is back', async () => {
      await startHead();
      const told = await startDriver();
      const head = headPid();
      const pid = await readRedisPid(redis.url);
      process.kill(pid, 'SIGSTOP');
      try {
        await told.tell({ do: 'create', actor: 'second' });
        const sum = told.begin({ do: 'add', actor: 'second', amount: 2 });
        expect(await told.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(2);
        await sleep(OUTAGE_MS);
        expect((await lab.status()).nodes.map(({ state }) => state)).toEqual(ALIVE[0]);
        process.kill(pid, 'SIGCONT');
        expect(await sum()).toBe(2);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      expect(headPid()).toBe(head);
      expect(await told.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(3);
    });

    it('comes back empty: the head writes everything again, and goes on', async () => {
      await startHead();
      const told = await startDriver();
      const head = headPid();
      const pid = await readRedisPid(redis.url);
      const before = redis.url;
      process.kill(pid, 'SIGKILL');
      await redis.exited;
      redis.forget();
      await redis.start();
      expect(redis.url).toBe(before);
      await told.tell({ do: 'create', actor: 'second' });
      expect(await told.tell({ do: 'add', actor: 'second', amount: 2 })).toBe(2);
      await eventually(
        'the records are in the Redis again',
        async () => (await redis.countRows('actors')) === 2 || undefined,
      );
      expect(headPid()).toBe(head);
      expect((await everybodyLives())[0]).toEqual(ALIVE[0]);
    });

    it('comes back as it was some time ago: the head writes again what is missing, and the next head finds it', async () => {
      const cluster = await startHead();
      const told = await startDriver();
      const client = patientClient(cluster);
      const put = (key: string) =>
        client.call('putKey', { namespace: '', key, value: Buffer.from(key), overwrite: true });
      try {
        await put('deleted');
        redis.save();
        await put('late');
        await client.call('deleteKey', { namespace: '', key: 'deleted' });
        await told.tell({ do: 'create', actor: 'second' });
        expect(await told.tell({ do: 'add', actor: 'second', amount: 2 })).toBe(2);
        process.kill(await readRedisPid(redis.url), 'SIGKILL');
        await redis.exited;
        redis.restore();
        await redis.start();
        await put('after');
        // The first head's memory is gone with it: the next one knows what is in the Redis.
        await killHead(lab);
        await restartHead(lab, ['--redis-address', redis.url]);
        expect((await client.call('listKeys', { namespace: '', prefix: '' })).keys).toEqual(['after', 'late']);
      } finally {
        client.close();
      }
      expect(await told.tell({ do: 'add', actor: 'second', amount: 1 })).toBe(3);
      expect(await told.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(2);
    });

    it('never comes back: writes fail after their bound, by name; living actors and reads go on', async () => {
      const cluster = await startHead('--store-wait-ms', '2000');
      const told = await startDriver();
      process.kill(await readRedisPid(redis.url), 'SIGKILL');
      await redis.exited;
      const client = patientClient(cluster);
      try {
        const write = client.call('putKey', { namespace: '', key: 'k', value: Buffer.from('x'), overwrite: true });
        await expect(write).rejects.toMatchObject({ code: 'RAY_STORE_UNAVAILABLE' });
      } finally {
        client.close();
      }
      expect(await told.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(2);
      expect(await everybodyLives()).toEqual(ALIVE);
    });

    it('lets no second head in while one is in charge, but another cluster beside it', async () => {
      await startHead();
      const other = new Lab();
      try {
        const flags = ['start', '--head', '--port', '0', '--redis-address', redis.url];
        const second = await other.ray(flags);
        expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('--standby')]);
        const beside = await other.ray([...flags, '--cluster-name', 'beside', '--num-cpus', '1']);
        expect([beside.code, beside.stderr]).toEqual([0, '']);
      } finally {
        await other.close();
      }
    });
  });
});
