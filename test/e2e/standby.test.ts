import { CommandedDriver } from '../support/commanded-driver.js';
import { currentCluster, type LabCluster } from '../support/head-outage.js';
import { eventually, Lab } from '../support/lab.js';
import { describeWithRedis, TestRedisServer } from '../support/redis-server.js';

describeWithRedis('a standby on a second host', (executable) => {
  let redis: TestRedisServer;
  let first: Lab;
  let second: Lab;
  let cluster: LabCluster;
  let driver: CommandedDriver;
  beforeEach(async () => {
    redis = new TestRedisServer(executable);
    await redis.start();
    first = new Lab();
    second = new Lab();
    cluster = await first.startHead(['--redis-address', redis.url, '--num-cpus', '4']);
    const env = { RAY_TS_TOKEN: cluster.token, RAY_TS_NODE_IP_ADDRESS: '127.0.0.2' };
    const stood = await second.ray(['start', '--head', '--standby', '--port', '0', '--redis-address', redis.url], env);
    expect([stood.code, stood.stderr]).toEqual([0, '']);
    await eventually('the head knows its standby', async () => (await standbys(first)).length === 1 || undefined);
    expect((await first.ray(['status'])).stdout).toMatch(/Standby heads:\n .+, 127\.0\.0\.2:\d+\n/);
    driver = await CommandedDriver.start(first);
    await driver.tell({ do: 'create', actor: 'a' });
    expect(await driver.tell({ do: 'add', actor: 'a', amount: 1 })).toBe(1);
  });
  afterEach(async () => {
    await driver.kill();
    await first.close();
    await second.close();
    await redis.stop();
  });

  const standbys = async (lab: Lab): Promise<readonly { readonly address: string }[]> =>
    ((await lab.status()) as unknown as { standbys: readonly { readonly address: string }[] }).standbys;
  const head = (lab: Lab) => lab.processes().find(({ command }) => command.includes('head/main.js'));

  /** Who looked to the first host finds the second by itself. */
  async function expectTakeOver(): Promise<void> {
    expect(await driver.tell({ do: 'add', actor: 'a', amount: 1 })).toBe(2);
    const status = await eventually(
      'the standby is the head, and the node is with it',
      async () => {
        const { address } = currentCluster(second);
        if (!address.startsWith('127.0.0.2:')) return undefined;
        const now = await second.status();
        return now.actors.some(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE') ? now : undefined;
      },
      { withinMs: 30_000 },
    );
    expect(status.clusterId).toBe(cluster.clusterId);
    expect(status.nodes.map(({ state }) => state)).toEqual(['NODE_LIFE_STATE_ALIVE']);
    expect(await driver.tell({ do: 'add', actor: 'a', amount: 1 })).toBe(3);
    await driver.tell({ do: 'create', actor: 'b' });
    expect(await driver.tell({ do: 'add', actor: 'b', amount: 5 })).toBe(5);
  }

  it('takes over when the head is killed: agent, driver and actor go on, work asked for meanwhile is done', async () => {
    process.kill(head(first)!.pid, 'SIGKILL');
    await driver.tell({ do: 'create', actor: 'meanwhile' });
    const sum = driver.begin({ do: 'add', actor: 'meanwhile', amount: 4 });
    await expectTakeOver();
    expect(await sum()).toBe(4);
  });

  it('takes over at once when the head is stopped in order, with everything that it had', async () => {
    process.kill(head(first)!.pid, 'SIGTERM');
    await expectTakeOver();
  });

  it('is refused without a token, without a Redis, and with another token', async () => {
    const third = new Lab();
    try {
      const start = ['start', '--head', '--standby', '--port', '0'];
      const noRedis = await third.ray(start);
      expect(noRedis.stderr).toContain('--redis-address');
      const noToken = await third.ray([...start, '--redis-address', redis.url]);
      expect(noToken.stderr).toContain('RAY_TS_TOKEN');
      const wrong = await third.ray([...start, '--redis-address', redis.url], { RAY_TS_TOKEN: 'x'.repeat(32) });
      expect(wrong.stderr).toContain('which has another token');
      expect([noRedis.code, noToken.code, wrong.code]).toEqual([1, 1, 1]);
    } finally {
      await third.close();
    }
  });
});
