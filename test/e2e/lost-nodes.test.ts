import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithHosts } from '../support/describe-with-hosts.js';
import { MultiHostLab, type NetworkedHost } from '../support/multi-host-lab.js';

/** Short, so that the head soon calls a host dead that vanished. */
const LEASE_MS = 2_000;

describeWithHosts('the only copy of a result', () => {
  let lab: MultiHostLab;
  let head: NetworkedHost;
  let first: NetworkedHost;
  beforeEach(async () => {
    lab = await MultiHostLab.open(['head', 'first', 'second']);
    [head, first] = lab.hosts as [NetworkedHost, NetworkedHost];
    const cluster = await head.startHead(['--num-cpus', '0', '--lease-ms', `${LEASE_MS}`]);
    for (const host of lab.hosts.slice(1)) await host.join(cluster, ['--num-cpus', '1']);
  });
  afterEach(() => lab?.close());

  async function agentPid(host: NetworkedHost): Promise<number> {
    const { nodes } = await head.status();
    return nodes.find(({ agentAddress }) => agentAddress.startsWith(`${host.address}:`))!.pid;
  }

  it.each([
    ['whose agent is killed', async () => process.kill(await agentPid(first), 'SIGKILL')],
    ['that vanishes from the network', async () => first.cutLink()],
  ])('is made again when it lay on a node %s, for its owner and for a borrower', async (_how, breakFirst) => {
    const driver = head.drive('lost-nodes');
    await driver.line('made');
    await breakFirst();
    writeFileSync(join(head.directory, 'broken'), '');
    expect(await driver.line('remade')).toEqual({ remade: 'second' });
    expect(await driver.line('readByBorrower')).toEqual({ readByBorrower: 'second' });
    expect(await driver.line('onlyOnce')).toMatchObject({
      onlyOnce: { code: 'RAY_OBJECT_LOST', details: { reason: 'not-reconstructable' } },
    });
    expect(await driver.exited).toBe(0);
  });
});
