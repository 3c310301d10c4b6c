import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually, Lab } from '../support/lab.js';

const exec = promisify(execFile);

describe('data parallelism', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  const example = (...flags: string[]) =>
    exec(process.execPath, ['--import', 'tsx', 'examples/data-parallel.ts', ...flags], {
      env: lab.environment(),
      timeout: 60_000,
    });

  const replicas = () => lab.processes().filter(({ command }) => command.includes('engine-core-process.js'));

  it('by environment: the example shares out its prompts and leaves nothing', async () => {
    const { stdout } = await example('--dp-size', '2');
    expect(stdout).toContain('DP rank 0 needs to process 3 prompts');
    expect(stdout).toContain('DP rank 1 needs to process 2 prompts');
    expect(stdout).toContain('DP rank 0, Prompt: Count from 41 to 47., Generated text: 41, 42, 43, 44, 45, 46, 47.');
    expect(stdout).toContain('DP rank 1, Prompt: Count from 12 to 15., Generated text: 12, 13, 14, 15.');
    expect(lab.processes()).toEqual([]);
  });

  it('by environment: a node runs its own copies, one without prompts too', async () => {
    const { stdout } = await example('--dp-size', '12', '--node-size', '12', '--node-rank', '7');
    expect(stdout).toContain('DP rank 7 needs to process 0 prompts');
    expect(stdout).toContain('DP rank 7, Prompt: Placeholder, Generated text: ');
    expect(stdout).not.toContain('DP rank 6');
  });

  it('by environment: the exit code is that of a copy that failed', async () => {
    await expect(example('--model', 'models/none')).rejects.toMatchObject({ code: 1 });
  });

  it('leaves no replica when its program is killed while it generates', async () => {
    await lab.startHead(['--num-cpus', '1']);
    const driver = lab.drive('generate', [JSON.stringify({ dataParallelSize: 2 })]);
    await driver.line('firstToken');
    expect(replicas()).toHaveLength(2);
    driver.child.kill('SIGKILL');
    await eventually('the replicas are gone', () => replicas().length === 0 || undefined);
  });

  describe('with ranks that are actors of the cluster', () => {
    const args = { dataParallelSize: 2, tensorParallelSize: 2, distributedExecutorBackend: 'ray' };

    const workers = async () => {
      const { actors } = await lab.status();
      return actors.filter(({ className, state }) => className === 'LLMWorker' && state.endsWith('_ALIVE'));
    };

    it('every replica has its own, and the tokens are those of one', async () => {
      await lab.startHead(['--num-cpus', '2']);
      const one = lab.drive('generate', ['{}', '20']);
      const { outputs } = await one.line('outputs');
      const driver = lab.drive('generate', [JSON.stringify(args), '20']);
      expect((await driver.line('outputs'))['outputs']).toEqual(outputs);
      await driver.exited;
      const { actors } = await lab.status();
      expect(actors.filter(({ className }) => className === 'LLMWorker')).toHaveLength(4);
      await eventually('all ranks end', async () => (await workers()).length === 0 || undefined);
      expect(replicas()).toEqual([]);
    });

    it("the death of a rank fails the requests with the rank's own error", async () => {
      await lab.startHead(['--num-cpus', '2', '--lease-ms', '2000']);
      const driver = lab.drive('generate', [JSON.stringify(args)]);
      await driver.line('firstToken');
      const [victim] = await workers();
      process.kill(victim!.address!.pid, 'SIGKILL');
      const line = await driver.line('error');
      expect(line).toMatchObject({
        code: 'RAY_RANK_FAILED',
        details: { pid: victim!.address!.pid, signal: 'SIGKILL' },
      });
      await driver.exited;
      await eventually('the other ranks end', async () => (await workers()).length === 0 || undefined);
      expect(replicas()).toEqual([]);
    });
  });
});
