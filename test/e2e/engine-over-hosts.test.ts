import { describeWithHosts } from '../support/describe-with-hosts.js';
import { MultiHostLab } from '../support/multi-host-lab.js';

describeWithHosts('an engine over two hosts', () => {
  let lab: MultiHostLab;
  beforeAll(async () => {
    lab = await MultiHostLab.open(2);
  });
  afterAll(() => lab?.close());

  it('runs one pipeline stage on each, with the tokens of one process', async () => {
    const [first, second] = lab.hosts;
    const reference = second!.drive('generate', [JSON.stringify({ distributedExecutorBackend: 'uni' }), '40']);
    const { outputs: expected } = await reference.printed();

    const cluster = await first!.startHead(['--num-cpus', '1']);
    await second!.join(cluster, ['--num-cpus', '1']);

    const args = JSON.stringify({ pipelineParallelSize: 2, cpusPerWorker: 1, distributedExecutorBackend: 'ray' });
    const driver = second!.drive('generate', [args, '40']);
    expect((await driver.printed())['outputs']).toEqual(expected);
  });
});
