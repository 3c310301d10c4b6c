import { Lab } from '../support/lab.js';
import {
  createNetworkNamespaces,
  type NetworkNamespaces,
  whyNoNetworkNamespaces,
} from '../support/network-namespaces.js';

const missing = whyNoNetworkNamespaces();
if (missing && process.env['CI']) throw new Error(`These tests need network namespaces: ${missing}`);
if (missing) {
  console.warn(
    `SKIPPED: the cluster over two network namespaces (it needs root and Debian's iproute2 on Linux).\n${missing}`,
  );
}

(missing ? describe.skip : describe)('a cluster over two network namespaces', () => {
  let lab: Lab;
  let network: NetworkNamespaces;
  beforeAll(() => {
    network = createNetworkNamespaces();
    lab = new Lab();
  });
  afterAll(async () => {
    await lab.close();
    network.remove();
  });

  it('runs one pipeline stage in each, with the tokens of one process', async () => {
    const reference = lab.drive('generate', [JSON.stringify({ distributedExecutorBackend: 'uni' }), '40']);
    const { outputs: expected } = await reference.line('outputs');
    await reference.exited;

    const [first, second] = network.names;
    const [firstAddress, secondAddress] = network.addresses;
    const at = (host: string, address: string) => ({ RAY_TS_HOST_ID: host, RAY_TS_NODE_IP_ADDRESS: address });
    const { address, token } = await lab.startHead(['--num-cpus', '1'], at('a', firstAddress), first);
    const join = ['start', `--address=${address}`, `--token=${token}`, '--num-cpus', '1'];
    const joined = await lab.ray(join, at('b', secondAddress), second);
    expect(joined.stderr).toBe('');

    const args = JSON.stringify({ pipelineParallelSize: 2, cpusPerWorker: 1, distributedExecutorBackend: 'ray' });
    const driver = lab.drive('generate', [args, '40'], at('b', secondAddress), second);
    expect((await driver.line('outputs'))['outputs']).toEqual(expected);
    expect(await driver.exited).toBe(0);
  });
});
