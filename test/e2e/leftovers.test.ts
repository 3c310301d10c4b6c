import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandedDriver } from '../support/commanded-driver.js';
import { killProcesses } from '../support/kill-processes.js';
import { eventually, Lab } from '../support/lab.js';
import type { LabCluster } from '../support/lab-host.js';

const SHORT_LEASES = ['--lease-ms', '2000', '--num-cpus', '1'];
const pidsOf = (lab: Lab, program: string): number[] =>
  lab
    .processes()
    .filter(({ command }) => command.includes(program))
    .map(({ pid }) => pid);
const sharedFiles = (clusterId: string): string[] =>
  readdirSync('/dev/shm').filter((name) => name.startsWith(`ray-ts-${clusterId}-`));

describe('what processes leave that are killed with -9', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  describe('an agent, beside another one of its cluster on the host', () => {
    let cluster: LabCluster;
    const joinAt = (address: string) => lab.join(cluster, ['--node-ip-address', address, '--num-cpus', '1']);

    /** The id of the node at an address, with a file in shared memory as its store makes them. */
    async function fillStore(address: string): Promise<{ readonly path: string; readonly pid: number }> {
      const { nodes } = await lab.status();
      const { nodeId, pid } = nodes.find(({ agentAddress }) => agentAddress.startsWith(`${address}:`))!;
      const path = join('/dev/shm', `ray-ts-${cluster.clusterId}-${nodeId}-object-1`);
      writeFileSync(path, 'bytes');
      return { path, pid };
    }

    it.each([
      ['that of the head', '127.0.0.1', '127.0.0.2'],
      ['one that joined', '127.0.0.2', '127.0.0.1'],
    ])('%s, goes when the next one starts; what the living one has stays', async (_which, killed, kept) => {
      cluster = await lab.startHead(SHORT_LEASES);
      await joinAt('127.0.0.2');
      const [victim, other] = [await fillStore(killed), await fillStore(kept)];
      process.kill(victim.pid, 'SIGKILL');
      await eventually('its process is gone', () => !existsSync(`/proc/${victim.pid}/exe`) || undefined);
      expect(existsSync(victim.path)).toBe(true);
      await joinAt('127.0.0.3');
      await eventually('its file is gone', () => !existsSync(victim.path) || undefined);
      expect(existsSync(other.path)).toBe(true);
      await lab.ray(['stop']);
      await eventually('nothing is left', () => sharedFiles(cluster.clusterId).length === 0 || undefined);
    });
  });

  describe('a driver and the cluster of its own', () => {
    let clusterId: string;
    beforeEach(async () => {
      const driver = await CommandedDriver.start(lab);
      const sessions = readdirSync(lab.directory).filter((name) => name.startsWith('session-'));
      expect(sessions).toHaveLength(1);
      clusterId = sessions[0]!.slice('session-'.length);
      expect(sharedFiles(clusterId)).toHaveLength(1);
      killProcesses([...pidsOf(lab, 'agent/main.js'), ...pidsOf(lab, 'head/main.js')]);
      await driver.kill();
      await eventually('all have ended', () => lab.processes().length === 0 || undefined, { withinMs: 20_000 });
      expect(sharedFiles(clusterId)).toHaveLength(1);
    });

    const expectOnlyLogs = (): void => {
      expect(sharedFiles(clusterId)).toEqual([]);
      expect(readdirSync(join(lab.directory, `session-${clusterId}`))).toEqual(['logs']);
    };

    it('goes with `ray-ts stop`, but for the logs', async () => {
      const { code } = await lab.ray(['stop']);
      expect(code).toBe(0);
      expectOnlyLogs();
    });

    it('goes when the next driver starts a cluster of its own, but for the logs', async () => {
      const next = await CommandedDriver.start(lab);
      await next.stop();
      expectOnlyLogs();
    });
  });
});
