import { setTimeout as sleep } from 'node:timers/promises';
import { CommandedDriver } from '../support/commanded-driver.js';
import { killHead, type LabCluster, patientClient, restartHead } from '../support/head-outage.js';
import { eventually, Lab } from '../support/lab.js';
import { RedisFront } from '../support/redis-front.js';
import { describeWithRedis, readRedisPid, TestRedisServer } from '../support/redis-server.js';

const FREEZE_MS = 30_000;

describeWithRedis('outages of a Redis', (executable) => {
  let lab: Lab;
  let redis: TestRedisServer;
  let drivers: CommandedDriver[];
  beforeEach(async () => {
    lab = new Lab();
    drivers = [];
    redis = new TestRedisServer(executable);
    await redis.start();
  });
  afterEach(async () => {
    await Promise.all(drivers.map((driver) => driver.kill()));
    await lab.close();
    await redis.stop();
  });

  const startHead = (url: string, ...flags: string[]) =>
    lab.startHead(['--num-cpus', '4', '--redis-address', url, ...flags]);
  const headPid = () => lab.processes().find(({ command }) => command.includes('head/main.js'))?.pid;
  const put = (client: ReturnType<typeof patientClient>, key: string) =>
    client.call('putKey', { namespace: '', key, value: Buffer.from(key), overwrite: true });

  async function startDriver(): Promise<CommandedDriver> {
    const driver = await CommandedDriver.start(lab);
    drivers.push(driver);
    return driver;
  }

  async function readKeys(cluster: LabCluster): Promise<readonly string[]> {
    const client = patientClient(cluster);
    try {
      return (await client.call('listKeys', { namespace: '', prefix: '' })).keys;
    } finally {
      client.close();
    }
  }

  it('a freeze of 30 s loses nothing and kills nothing, with leases as they are by default', async () => {
    const cluster = await startHead(redis.url);
    const driver = await startDriver();
    const client = patientClient(cluster);
    await driver.tell({ do: 'create', actor: 'first' });
    const pid = await driver.tell({ do: 'pid', actor: 'first' });
    const [head, frozen] = [headPid(), await readRedisPid(redis.url)];
    await put(client, 'before');
    process.kill(frozen, 'SIGSTOP');
    try {
      const write = put(client, 'meanwhile');
      const group = driver.begin({ do: 'group', group: 'g', bundles: [{ CPU: 1 }] });
      await driver.tell({ do: 'create', actor: 'second' });
      const sum = driver.begin({ do: 'add', actor: 'second', amount: 2 });
      expect(await driver.tell({ do: 'task', amount: 4 })).toBe(8);
      await sleep(FREEZE_MS);
      expect(await driver.tell({ do: 'pid', actor: 'first' })).toBe(pid);
      process.kill(frozen, 'SIGCONT');
      expect([await write, await group(), await sum()]).toEqual([{ stored: true }, 'asked', 2]);
    } finally {
      process.kill(frozen, 'SIGCONT');
      client.close();
    }
    expect(await driver.tell({ do: 'ready', group: 'g' })).toBe('placed');
    const { nodes, actors } = await lab.status();
    expect(nodes.map(({ state }) => state)).toEqual(['NODE_LIFE_STATE_ALIVE']);
    expect(actors.map(({ state }) => state)).toEqual(['ACTOR_LIFE_STATE_ALIVE', 'ACTOR_LIFE_STATE_ALIVE']);
    expect(headPid()).toBe(head);
    // What Redis acknowledged is what the next head finds.
    await killHead(lab);
    await restartHead(lab, ['--redis-address', redis.url]);
    expect(await readKeys(cluster)).toEqual(['before', 'meanwhile']);
    expect(await driver.tell({ do: 'pid', actor: 'first' })).toBe(pid);
    expect(await driver.tell({ do: 'add', actor: 'second', amount: 1 })).toBe(3);
  }, 120_000);

  it('one that lasts fails what needs a change at its bound, by name, and starts no head', async () => {
    await startHead(redis.url, '--store-wait-ms', '2000');
    const driver = await startDriver();
    await driver.tell({ do: 'create', actor: 'first' });
    expect(await driver.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(1);
    process.kill(await readRedisPid(redis.url), 'SIGKILL');
    await redis.exited;
    const unavailable = { code: 'RAY_STORE_UNAVAILABLE' };
    const group = driver.begin({ do: 'group', group: 'g', bundles: [{ CPU: 1 }] });
    await driver.tell({ do: 'create', actor: 'second' });
    expect(await driver.tell({ do: 'add', actor: 'second', amount: 1 })).toMatchObject(unavailable);
    expect(await group()).toMatchObject(unavailable);
    expect(await driver.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(2);
    expect(await driver.tell({ do: 'task', amount: 4 })).toBe(8);
    const other = new Lab();
    try {
      const start = ['start', '--head', '--port', '0', '--redis-address', redis.url];
      const { code, stderr } = await other.ray(start);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/store is unavailable.*ECONNREFUSED/)]);
    } finally {
      await other.close();
    }
  });

  it('a failover to a replica at the same address is not noticed', async () => {
    const replica = new TestRedisServer(executable);
    await replica.start();
    const front = await RedisFront.open(redis.url);
    try {
      await replica.replicate(redis);
      const cluster = await startHead(front.url);
      const driver = await startDriver();
      await driver.tell({ do: 'create', actor: 'first' });
      expect(await driver.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(1);
      const head = headPid();
      await redis.waitForReplica();
      process.kill(await readRedisPid(redis.url), 'SIGKILL');
      await redis.exited;
      await driver.tell({ do: 'create', actor: 'meanwhile' });
      const sum = driver.begin({ do: 'add', actor: 'meanwhile', amount: 2 });
      await replica.promote();
      front.moveTo(replica.url);
      expect(await sum()).toBe(2);
      await eventually('the replica has both', async () => (await replica.countRows('actors')) === 2 || undefined);
      expect(headPid()).toBe(head);
      expect(await driver.tell({ do: 'add', actor: 'first', amount: 1 })).toBe(2);
      // The next head finds all of it there.
      await killHead(lab);
      await restartHead(lab, ['--redis-address', front.url]);
      expect((await lab.status()).clusterId).toBe(cluster.clusterId);
      expect(await driver.tell({ do: 'add', actor: 'meanwhile', amount: 1 })).toBe(3);
    } finally {
      await front.close();
      await replica.stop();
    }
  });
});
