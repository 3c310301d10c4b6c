import type { CommandedDriver } from '../support/commanded-driver.js';
import { currentCluster, type LabCluster, patientClient } from '../support/head-outage.js';
import { eventually } from '../support/lab.js';
import { describeWithRedis } from '../support/redis-server.js';
import { describeOverStores, RestartLab } from '../support/restart-lab.js';

/** Short leases, so that the tests see them run out. */
const LEASES = ['--lease-ms', '4000', '--num-cpus', '4'];

/** What Ray tests of a GCS that is killed and started again, and what it does not. */
function describeRestart(store: string, flagsOf: () => readonly string[]): void {
  describe(`a head that is killed and started again, with its state in ${store}`, () => {
    let lab: RestartLab;
    let cluster: LabCluster;
    let driver: CommandedDriver;
    beforeEach(async () => {
      ({ lab, cluster, driver } = await RestartLab.open(flagsOf(), LEASES));
    });
    afterEach(() => lab.close());

    const living = async () =>
      (await lab.status()).actors.filter(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE').length;

    it('is the same cluster, at the same address, with the same token and node', async () => {
      const [node] = (await lab.status()).nodes;
      await lab.killHead();
      expect(await lab.restartHead()).toContain('comes back by itself');
      expect(currentCluster(lab)).toEqual(cluster);
      await eventually('the node is back', async () => {
        const { nodes, clusterId } = await lab.status();
        return (
          (clusterId === cluster.clusterId && nodes.length === 1 && nodes[0]!.nodeId === node!.nodeId) || undefined
        );
      });
      expect(lab.processes().filter(({ command }) => command.includes('agent/main.js'))).toHaveLength(1);
    });

    it('is not noticed by calls of living actors, in a group or not, before, during and after', async () => {
      await driver.tell({ do: 'group', group: 'g', bundles: [{ CPU: 1 }] });
      await driver.tell({ do: 'create', actor: 'free' });
      await driver.tell({ do: 'create', actor: 'grouped', group: 'g' });
      const pids = [
        await driver.tell({ do: 'pid', actor: 'free' }),
        await driver.tell({ do: 'pid', actor: 'grouped' }),
      ];
      await lab.killHead();
      expect(await driver.tell({ do: 'add', actor: 'free', amount: 1 })).toBe(1);
      expect(await driver.tell({ do: 'add', actor: 'grouped', amount: 1 })).toBe(1);
      await lab.restartHead();
      await eventually('the head knows both actors', async () => (await living()) === 2 || undefined);
      expect(await driver.tell({ do: 'add', actor: 'free', amount: 1 })).toBe(2);
      expect(await driver.tell({ do: 'pid', actor: 'free' })).toBe(pids[0]);
      expect(await driver.tell({ do: 'pid', actor: 'grouped' })).toBe(pids[1]);
    });

    it('starts actors and groups after it that were asked for while it was away', async () => {
      await lab.killHead();
      const group = driver.begin({ do: 'group', group: 'g', bundles: [{ CPU: 1 }] });
      await driver.tell({ do: 'create', actor: 'late' });
      const sum = driver.begin({ do: 'add', actor: 'late', amount: 7 });
      await lab.restartHead();
      expect(await group()).toBe('asked');
      expect(await driver.tell({ do: 'ready', group: 'g' })).toBe('placed');
      expect(await sum()).toBe(7);
      await driver.tell({ do: 'create', actor: 'new' });
      expect(await driver.tell({ do: 'add', actor: 'new', amount: 1 })).toBe(1);
    });

    it('learns that an actor died while it was away', async () => {
      await driver.tell({ do: 'create', actor: 'a' });
      const pid = Number(await driver.tell({ do: 'pid', actor: 'a' }));
      await lab.killHead();
      process.kill(pid, 'SIGKILL');
      await lab.restartHead();
      await eventually('the actor is dead', async () => (await living()) === 0 || undefined);
      expect(await driver.tell({ do: 'add', actor: 'a', amount: 1 })).toMatchObject({
        code: 'RAY_ACTOR_DIED',
        details: { signal: 'SIGKILL' },
      });
    });

    it('learns that a node died while it was away, and moves its bundles', async () => {
      const { address, token } = cluster;
      const join = ['start', `--address=${address}`, `--token=${token}`, '--num-cpus', '9'];
      const joined = await lab.ray([...join, '--node-ip-address', '127.0.0.2']);
      expect(joined.stderr).toBe('');
      await driver.tell({ do: 'create', actor: 'away', options: { numCpus: 8 } });
      expect(await driver.tell({ do: 'add', actor: 'away', amount: 1 })).toBe(1);
      const node = (await lab.status()).nodes.find(({ agentAddress }) => agentAddress.startsWith('127.0.0.2'))!;
      await lab.killHead();
      process.kill(node.pid, 'SIGKILL');
      await lab.restartHead();
      // Nobody waits for the silent node: there is room on the one that is back.
      await driver.tell({ do: 'group', group: 'g', bundles: [{ CPU: 1 }] });
      expect(await driver.tell({ do: 'ready', group: 'g' })).toBe('placed');
      await eventually('the node is dead', async () =>
        (await lab.status()).nodes.find(({ nodeId, state }) => nodeId === node.nodeId && state.endsWith('DEAD')),
      );
      expect(await driver.tell({ do: 'add', actor: 'away', amount: 1 })).toMatchObject({ code: 'RAY_ACTOR_DIED' });
    });

    it('gets back the bundles of a group that it was removing', async () => {
      await driver.tell({ do: 'group', group: 'g', bundles: [{ CPU: 4 }] });
      await driver.tell({ do: 'ready', group: 'g' });
      const agent = lab.processes().find(({ command }) => command.includes('agent/main.js'))!;
      // Asked by a client of the test's own: an agent that stands still for longer than its lease would be dead.
      const client = patientClient(cluster);
      process.kill(agent.pid, 'SIGSTOP');
      const removal = driver.begin({ do: 'remove', group: 'g' });
      await eventually('the group is removed', async () => {
        const { placementGroups } = await client.call('getClusterState', {});
        return placementGroups.some(({ state }) => state.endsWith('REMOVED')) || undefined;
      });
      client.close();
      await lab.killHead();
      process.kill(agent.pid, 'SIGCONT');
      await lab.restartHead();
      await removal();
      await driver.tell({ do: 'group', group: 'next', bundles: [{ CPU: 4 }] });
      expect(await driver.tell({ do: 'ready', group: 'next' })).toBe('placed');
    });

    it('answers reads and writes of keys that came while it was away', async () => {
      const client = patientClient(cluster);
      try {
        const value = Buffer.from('kept');
        await client.call('putKey', { namespace: 'ns', key: 'k', value, overwrite: true });
        await lab.killHead();
        const read = client.call('getKey', { namespace: 'ns', key: 'k' });
        const write = client.call('putKey', { namespace: 'ns', key: 'late', value, overwrite: false });
        await lab.restartHead();
        expect(Buffer.from((await read).value).toString()).toBe('kept');
        expect(await write).toEqual({ stored: true });
        expect((await client.call('listKeys', { namespace: 'ns', prefix: '' })).keys).toEqual(['k', 'late']);
      } finally {
        client.close();
      }
    });

    it('ends the job of a driver that died while it was away, and keeps that of one that lives', async () => {
      const doomed = await lab.startDriver();
      await doomed.tell({ do: 'create', actor: 'orphan' });
      await doomed.tell({ do: 'pid', actor: 'orphan' });
      await driver.tell({ do: 'create', actor: 'kept' });
      await driver.tell({ do: 'add', actor: 'kept', amount: 1 });
      await lab.killHead();
      await doomed.kill();
      await lab.restartHead();
      await eventually('the orphan is ended', async () => (await living()) === 1 || undefined);
      expect(await driver.tell({ do: 'add', actor: 'kept', amount: 1 })).toBe(2);
    });

    it('begins anew when it is told to', async () => {
      await driver.kill();
      await lab.killHead();
      const { code, stderr } = await lab.ray([
        'start',
        '--head',
        '--port',
        '0',
        '--new-cluster',
        ...LEASES,
        ...flagsOf(),
      ]);
      expect([code, stderr]).toEqual([0, '']);
      const { clusterId, nodes } = await lab.status();
      expect(clusterId).not.toBe(cluster.clusterId);
      expect(nodes).toHaveLength(1);
    });
  });
}

describeOverStores('restarts of the head', describeRestart);

describeWithRedis('restarts of the head over a redis-server of its own', () =>
  describeRestart('a redis-server of its own', () => []),
);
