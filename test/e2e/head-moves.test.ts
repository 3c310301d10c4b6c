import { CommandedDriver } from '../support/commanded-driver.js';
import { describeWithHosts } from '../support/describe-with-hosts.js';
import { killProcesses } from '../support/kill-processes.js';
import { eventually } from '../support/lab.js';
import { clusterVariables } from '../support/lab-host.js';
import { MultiHostLab, type NetworkedHost } from '../support/multi-host-lab.js';
import { describeWithRedis, TestRedisServer } from '../support/redis-server.js';

/** Longer than a head that died keeps the next one out, and a host that vanished keeps who asks it. */
const WITHIN_MS = 60_000;
const PORT = '6380';

const PLACES = [
  { given: 'both addresses', address: `first:${PORT},second:${PORT}` },
  { given: 'a name that leads to the new host', address: `head:${PORT}` },
];

describeWithRedis('a head on another host than before', (executable) => {
  describeWithHosts('takes its cluster out of the same Redis, without a standby', () => {
    let lab: MultiHostLab;
    let redis: TestRedisServer;
    let drivers: CommandedDriver[];
    beforeEach(async () => {
      drivers = [];
      redis = new TestRedisServer(executable);
      await redis.start();
      lab = await MultiHostLab.open(['first', 'second', 'worker', 'client']);
    });
    afterEach(async () => {
      await Promise.all(drivers.map((driver) => driver.kill()));
      await lab.close();
      await redis.stop();
    });

    const flags = () => ['--port', PORT, '--num-cpus', '0', '--redis-address', redis.url];

    async function startDriver(host: NetworkedHost, variables = {}): Promise<CommandedDriver> {
      const driver = await CommandedDriver.start(host, variables);
      drivers.push(driver);
      return driver;
    }

    async function createActor(driver: CommandedDriver, actor: string): Promise<void> {
      await driver.tell({ do: 'create', actor });
      expect(await driver.tell({ do: 'add', actor, amount: 1 })).toBe(1);
    }

    it.each(PLACES)(
      'with agents, actors and drivers that were given $given',
      async ({ address }) => {
        const [first, second, worker, client] = lab.hosts as [
          NetworkedHost,
          NetworkedHost,
          NetworkedHost,
          NetworkedHost,
        ];
        lab.pointName('head', first);
        const cluster = { ...(await first.startHead(flags())), address };
        await worker.join(cluster, ['--num-cpus', '4']);
        const [near, far] = [await startDriver(worker), await startDriver(client, clusterVariables(cluster))];
        await createActor(near, 'of near');
        await createActor(far, 'of far');
        const pids = [await near.tell({ do: 'pid', actor: 'of near' }), await far.tell({ do: 'pid', actor: 'of far' })];
        killProcesses(first.processes().map(({ pid }) => pid));
        first.cutLink();
        const meanwhile = [near, far].map(async (driver) => {
          await driver.tell({ do: 'create', actor: 'meanwhile' }, WITHIN_MS);
          return driver.tell({ do: 'add', actor: 'meanwhile', amount: 4 }, WITHIN_MS);
        });
        lab.pointName('head', second);
        const started = await second.ray(['start', '--head', ...flags()], { RAY_TS_TOKEN: cluster.token });
        expect([started.code, started.stderr]).toEqual([0, '']);
        expect(await Promise.all(meanwhile)).toEqual([4, 4]);
        expect(await near.tell({ do: 'pid', actor: 'of near' })).toBe(pids[0]);
        expect(await far.tell({ do: 'pid', actor: 'of far' })).toBe(pids[1]);
        const { nodes } = await eventually(
          'the node on the first host is dead, and the others are there',
          async () => {
            const status = await second.status();
            return status.nodes.filter(({ state }) => state.endsWith('ALIVE')).length === 2 ? status : undefined;
          },
          { withinMs: WITHIN_MS },
        );
        expect(nodes.some(({ agentAddress }) => agentAddress.startsWith(`${worker.address}:`))).toBe(true);
      },
      180_000,
    );
  });
});
