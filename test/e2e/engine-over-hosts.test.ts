import { describeWithHosts } from '../support/describe-with-hosts.js';
import { MultiHostLab } from '../support/multi-host-lab.js';

interface Layout {
  readonly hosts: number;
  /** Ranks that each host has room for. */
  readonly ranksPerHost: number;
  readonly args: object;
}

const layouts: Readonly<Record<string, Layout>> = {
  'a pipeline stage on each of two hosts': { hosts: 2, ranksPerHost: 1, args: { pipelineParallelSize: 2 } },
  'a tensor rank on each of two hosts': { hosts: 2, ranksPerHost: 1, args: { tensorParallelSize: 2 } },
  'two tensor ranks on each of two hosts': { hosts: 2, ranksPerHost: 2, args: { tensorParallelSize: 4 } },
  'two tensor ranks of two stages, each on a host of its own': {
    hosts: 4,
    ranksPerHost: 1,
    args: { tensorParallelSize: 2, pipelineParallelSize: 2 },
  },
  'two tensor ranks on a host that leave its shared memory alone': {
    hosts: 1,
    ranksPerHost: 2,
    args: { tensorParallelSize: 2, disableCustomAllReduce: true },
  },
};

describeWithHosts('an engine over hosts', () => {
  let lab: MultiHostLab;
  afterEach(() => lab?.close());

  it.each(Object.keys(layouts))('generates with %s the tokens of one process', async (name) => {
    const { hosts, ranksPerHost, args } = layouts[name]!;
    lab = await MultiHostLab.open(hosts);
    const [first, ...others] = lab.hosts;
    const driverHost = others[0] ?? first!;
    const reference = driverHost.drive('generate', [JSON.stringify({ distributedExecutorBackend: 'uni' }), '40']);
    const { outputs: expected } = await reference.printed();

    const cpus = ['--num-cpus', String(ranksPerHost)];
    const cluster = await first!.startHead(cpus);
    for (const host of others) await host.join(cluster, cpus);

    const layout = JSON.stringify({ ...args, cpusPerWorker: 1, distributedExecutorBackend: 'ray' });
    const driver = driverHost.drive('generate', [layout, '40']);
    expect((await driver.printed())['outputs']).toEqual(expected);
  });
});
