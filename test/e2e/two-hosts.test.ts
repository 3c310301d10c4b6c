import { hostAndPortOf } from '../../src/core/index.js';
import { Lab } from '../support/lab.js';

const REFERENCE = JSON.stringify({ distributedExecutorBackend: 'uni' });
const TWO_STAGES = JSON.stringify({
  tensorParallelSize: 2,
  pipelineParallelSize: 2,
  distributedExecutorBackend: 'ray',
});
const NUM_TOKENS = '60';

/**
 * Two hosts on one machine: nodes on two loopback addresses whose processes take each other for processes of another host,
 * so that every ring between them goes over a gRPC bridge.
 */
describe('a cluster of two hosts', () => {
  let lab: Lab;
  let expected: unknown;
  beforeAll(async () => {
    lab = new Lab();
    const reference = lab.drive('generate', [REFERENCE, NUM_TOKENS]);
    expected = (await reference.line('outputs'))['outputs'];
    await reference.exited;
    // Each node has room for two of the four ranks.
    const { address, token } = await lab.startHead(['--num-cpus', '1'], { RAY_TS_HOST_ID: 'first' });
    const join = ['start', `--address=${address}`, `--token=${token}`, '--num-cpus', '1'];
    const joined = await lab.ray([...join, '--node-ip-address', '127.0.0.2'], { RAY_TS_HOST_ID: 'second' });
    expect(joined.stderr).toBe('');
  });
  afterAll(() => lab.close());

  it.each(['first', 'second', 'third'])(
    'gives the same tokens as one process when the driver is on the %s host',
    async (host) => {
      const driver = lab.drive('generate', [TWO_STAGES, NUM_TOKENS], { RAY_TS_HOST_ID: host });
      const { outputs } = await driver.line('outputs');
      expect(outputs).toEqual(expected);
      expect(await driver.exited).toBe(0);
    },
  );

  it('uses both nodes', async () => {
    const { nodes } = await lab.status();
    expect(nodes.map(({ agentAddress }) => hostAndPortOf(agentAddress).host).sort()).toEqual([
      '127.0.0.1',
      '127.0.0.2',
    ]);
  });

  it('rejects generate with the rank that was killed on the other host', async () => {
    const driver = lab.drive('generate', [TWO_STAGES], { RAY_TS_HOST_ID: 'first' });
    await driver.line('firstToken');
    const { actors } = await lab.status();
    const victim = actors.find(
      ({ name, state }) => /^llm-worker-.*-3$/.test(name) && state === 'ACTOR_LIFE_STATE_ALIVE',
    )!;
    process.kill(victim.address!.pid, 'SIGKILL');
    expect(await driver.line('error', 2_000)).toMatchObject({
      error: 'RankFailedError',
      details: { pid: victim.address!.pid, signal: 'SIGKILL' },
    });
    await driver.exited;
  });

  it('spreads the tensor-parallel ranks of a stage over both hosts, and gives the tokens of one rank', async () => {
    const args = [{ tensorParallelSize: 4, distributedExecutorBackend: 'ray' }, { distributedExecutorBackend: 'uni' }];
    const drivers = args.map((engine) => lab.drive('generate', [JSON.stringify(engine), '24']));
    const [spread, alone] = await Promise.all(drivers.map((driver) => driver.line('outputs')));
    expect(spread).toEqual(alone);
    await Promise.all(drivers.map(({ exited }) => exited));
  });
});
