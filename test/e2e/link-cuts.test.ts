import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithHosts } from '../support/describe-with-hosts.js';
import type { Driver } from '../support/driver.js';
import { eventually } from '../support/eventually.js';
import { clusterVariables, type LabCluster, type LabStatus } from '../support/lab-host.js';
import { MultiHostLab, type NetworkedHost } from '../support/multi-host-lab.js';

/** Far longer than a cut of which nobody is to take notice, on a machine that stalls now and then. */
const LONG_LEASES = ['--lease-ms', '20000', '--head-lease-ms', '20000'];
const SHORT_CUT_MS = 2_000;
/** Short, so that the tests see them run out. */
const SHORT_LEASES = ['--lease-ms', '2000', '--head-lease-ms', '2000'];
const WITHIN = { withinMs: 30_000 };

describeWithHosts('a cut link between hosts', () => {
  let lab: MultiHostLab;
  let headHost: NetworkedHost;
  let actorHost: NetworkedHost;
  let driverHost: NetworkedHost;
  let cluster: LabCluster;
  let driver: Driver;
  beforeEach(async () => {
    lab = await MultiHostLab.open(['head', 'actor', 'driver']);
    [headHost, actorHost, driverHost] = lab.hosts as [NetworkedHost, NetworkedHost, NetworkedHost];
  });
  afterEach(() => lab?.close());

  /** The head offers no CPU, so that the actor runs on the host that is named for it. */
  async function startCalling(leases: readonly string[]): Promise<void> {
    cluster = await headHost.startHead([...leases, '--num-cpus', '0']);
    await actorHost.join(cluster, ['--num-cpus', '1']);
    driver = driverHost.drive('keep-calling', [], clusterVariables(cluster));
    await driver.line('total');
  }

  const totals = (): number[] => driver.lines.flatMap(({ total }) => (typeof total === 'number' ? [total] : []));

  const anotherCall = async (): Promise<void> => {
    const before = totals().length;
    await eventually('a call returns', () => totals().length > before || undefined, {
      ...WITHIN,
      detail: () => `${JSON.stringify(driver.lines.slice(-5))}\n${driver.stderr}`,
    });
  };

  const statusWhere = (what: string, holds: (status: LabStatus) => boolean): Promise<LabStatus> =>
    eventually(
      what,
      async () => {
        const status = await headHost.status();
        return holds(status) ? status : undefined;
      },
      WITHIN,
    );

  const nothingIsLeft = (host: NetworkedHost): Promise<unknown> =>
    eventually(
      `nothing of the cluster is left on ${host.hostname}`,
      () => host.processes().length + host.segments().length === 0 || undefined,
      { ...WITHIN, detail: () => JSON.stringify([host.processes(), host.segments()]) },
    );

  const nodeStates = ({ nodes }: LabStatus): Record<string, string> =>
    Object.fromEntries(nodes.map(({ agentAddress, state }) => [agentAddress.split(':')[0]!, state]));

  describe('for less than the lease', () => {
    it.each(['head', 'actor', 'driver'])("of the %s's host harms nobody", async (name) => {
      await startCalling(LONG_LEASES);
      const host = lab.hosts.find(({ hostname }) => hostname === name)!;
      host.cutLink();
      await sleep(SHORT_CUT_MS);
      host.restoreLink();
      await anotherCall();
      // The same actor, and no call ran twice: it counted on from where it was.
      const counted = totals();
      expect(counted).toEqual([...new Set(counted)].sort((a, b) => a - b));
      expect(driver.lines.filter((line) => 'ended' in line)).toEqual([]);
      expect(Object.values(nodeStates(await headHost.status()))).toEqual(Array(2).fill('NODE_LIFE_STATE_ALIVE'));
    });
  });

  describe('for longer than the lease', () => {
    it("of the actor's host makes its node dead, and everything on it ends by itself", async () => {
      await startCalling(SHORT_LEASES);
      actorHost.cutLink();
      await statusWhere(
        'the node is dead',
        (status) => nodeStates(status)[actorHost.address] === 'NODE_LIFE_STATE_DEAD',
      );
      expect(await driver.line('ended')).toMatchObject({ ended: 'RAY_ACTOR_DIED' });
      await nothingIsLeft(actorHost);

      actorHost.restoreLink();
      await actorHost.join(cluster, ['--num-cpus', '1']);
      driver = driverHost.drive('keep-calling', [], clusterVariables(cluster));
      await anotherCall();
    });

    it("of the driver's host ends its actors, and it learns that it lost the head", async () => {
      await startCalling(SHORT_LEASES);
      driverHost.cutLink();
      await statusWhere('its actor is dead', ({ actors }) =>
        actors.every(({ state }) => state === 'ACTOR_LIFE_STATE_DEAD'),
      );
      expect(await driver.line('ended')).toMatchObject({ ended: 'RAY_HEAD_UNAVAILABLE' });
      await driver.exited;
      expect(driverHost.processes()).toEqual([]);

      driverHost.restoreLink();
      driver = driverHost.drive('keep-calling', [], clusterVariables(cluster));
      await anotherCall();
    });

    it("of the head's host ends all that is not on it, and it takes nodes again afterwards", async () => {
      await startCalling(SHORT_LEASES);
      headHost.cutLink();
      await driver.line('ended');
      await nothingIsLeft(actorHost);
      await nothingIsLeft(driverHost);

      headHost.restoreLink();
      await actorHost.join(cluster, ['--num-cpus', '1']);
      driver = driverHost.drive('keep-calling', [], clusterVariables(cluster));
      await anotherCall();
    });
  });
});
