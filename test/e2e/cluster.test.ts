import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually, Lab } from '../support/lab.js';

const exec = promisify(execFile);

describe('ray-ts start, status and stop', () => {
  let lab: Lab;
  let other: Lab;
  beforeEach(() => {
    lab = new Lab();
    other = new Lab();
  });
  afterEach(async () => {
    await lab.close();
    await other.close();
  });

  it('stops its own cluster and leaves another one on the machine alone', async () => {
    const { clusterId } = await lab.startHead(['--num-cpus', '1']);
    await other.startHead(['--num-cpus', '1']);
    const { stdout } = await lab.ray(['stop']);
    expect(stdout).toMatch(/^Stopped the cluster at 127\.0\.0\.1:\d+ on this machine \(2 processes\)\.\n$/);
    expect(lab.processes()).toEqual([]);
    expect((await other.status()).clusterId).not.toBe(clusterId);
    expect((await lab.ray(['stop'])).stdout).toBe('No cluster of yours runs on this machine.\n');
  });

  it('shows what is in use the moment that it is', async () => {
    await lab.startHead(['--num-cpus', '2', '--num-gpus', '1', '--resources', '{"disk": 3}']);
    const before = (await lab.ray(['status'])).stdout;
    for (const line of [' 0/2 CPU\n', ' 0/1 GPU\n', ' 0/3 disk\n']) expect(before).toContain(line);
    const driver = lab.drive('generate', [
      JSON.stringify({ tensorParallelSize: 2, distributedExecutorBackend: 'ray' }),
    ]);
    await driver.line('loaded');
    const { stdout } = await lab.ray(['status', '-v']);
    expect(stdout).toContain(' 1/2 CPU (1 used of 1 reserved in placement groups)\n');
    expect(stdout).toMatch(/CREATED {2}PACK {2}llm/);
    expect(stdout.match(/ALIVE {2}LLMWorker/g)).toHaveLength(2);
    driver.child.kill('SIGTERM');
    await driver.exited;
    await eventually(
      'the driver gives everything back',
      async () => (await lab.ray(['status'])).stdout.includes('0/2 CPU') || undefined,
    );
  });

  it('shows a node by the name that it was given, with the room of its object store and since when it is there', async () => {
    const startedAfter = Date.now();
    await lab.startHead(['--num-cpus', '1', '--node-name', 'blue', '--object-store-memory', '80MB']);
    const { stdout } = await lab.ray(['list', 'nodes', '--detail', '--format', 'json']);
    const [node] = JSON.parse(stdout) as Record<string, unknown>[];
    expect(node).toMatchObject({ node_name: 'blue', state: 'ALIVE', object_store_memory: 80_000_000, end_time: '' });
    expect(Date.parse(String(node?.['start_time']))).toBeGreaterThanOrEqual(startedAfter);
    const one = (await lab.ray(['get', 'nodes', String(node?.['node_id'])])).stdout;
    expect(one).toContain('blue');
    expect(one).toContain(String(node?.['start_time']));
    expect((await lab.ray(['status'])).stdout).toContain('(blue, ');
  });

  it('ends everything on Ctrl-C with --block', async () => {
    const blocked = lab.ray(['start', '--head', '--port', '0', '--num-cpus', '1', '--block']);
    const cli = await eventually('head and agent run', () =>
      lab.processes().some(({ command }) => command.includes('agent/main.js'))
        ? lab.processes().find(({ command }) => command.includes('--block'))
        : undefined,
    );
    // Started, and printed how to join: only then the signal means stop.
    await eventually('the cluster answers', async () => (await lab.ray(['status'])).code === 0 || undefined);
    process.kill(cli.pid, 'SIGINT');
    expect((await blocked).stdout).toContain('Stopped: interrupted.');
    expect(lab.processes()).toEqual([]);
  });
});

describe('the examples', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  const run = async (name: string) =>
    exec(process.execPath, ['--import', 'tsx', `examples/${name}.ts`], { env: lab.environment(), timeout: 60_000 });

  it('demo tells both stories and stops its cluster', async () => {
    const { stdout } = await run('demo');
    expect(stdout).toContain('Once there was a brave otter named Otto who lived by the lighthouse.');
    expect(stdout).toContain('In the forest lived a brave lamb called Dan.');
    expect(stdout).toMatch(/The cluster is stopped\.\n$/);
    expect(lab.processes()).toEqual([]);
  });

  it('offline-inference runs on the cluster that is there', async () => {
    await lab.startHead(['--num-cpus', '2']);
    const { stdout } = await run('offline-inference');
    expect(stdout).toContain('41, 42, 43, 44, 45, 46, 47.');
    expect((await lab.ray(['run', 'examples/offline-inference.ts'])).stdout).toBe(stdout);
  });

  it('tasks share an object, stream items, and are tried again', async () => {
    expect((await run('tasks')).stdout).toBe('[ 500000, 500000 ]\n0\n1\n2\nthe third try worked\n');
    expect(lab.processes()).toEqual([]);
  });

  it('all-reduce gives every rank the mean', async () => {
    expect((await run('all-reduce')).stdout).toBe('[ 1.5, 1.5, 1.5, 1.5 ]\n[ 1.5, 1.5, 1.5, 1.5 ]\n');
    expect(lab.processes()).toEqual([]);
  });

  it('placement-group puts the ranks where the program says', async () => {
    expect((await run('placement-group')).stdout).toBe('41, 42, 43, 44, 45, 46, 47. (7 words)\n');
    expect(lab.processes()).toEqual([]);
  });

  it('chat goes on with a conversation, in batches, and with a template of its own', async () => {
    const { stdout } = await run('chat');
    expect(stdout).toContain('Answer: "41, 42, 43, 44, 45, 46, 47."');
    expect(stdout).toContain('Answer: "bear, kite, owl."');
    expect(stdout).toContain('Answer: "12, 13, 14, 15."');
    expect(stdout).toContain('Prompt: "user: Count from 12 to 15.\\nassistant: "');
  });

  it('streaming shows text as it comes, and aborts', async () => {
    const { stdout } = await run('streaming');
    expect(stdout).toContain("[ '41, 42, 43, 44, 45, 46, 47.', '12, 13, 14, 15.' ]");
    expect(stdout).toMatch(/finish reason: abort\n[\s\S]*threw TimeoutError\n$/);
  });

  it('structured-outputs keep to their structures', async () => {
    const { stdout } = await run('structured-outputs');
    const { choice, regex, json } = Object.fromEntries(
      [...stdout.matchAll(/^(\w+): (.*)$/gm)].map(([, kind, text]) => [kind, text]),
    );
    expect(choice).toMatch(/^(yes|no)$/);
    expect(regex).toMatch(/^[a-z]{3,12}@[a-z]{3,12}\.com$/);
    expect(JSON.parse(json)).toEqual({
      name: expect.any(String),
      kind: expect.stringMatching(/^(fox|otter|owl)$/),
      age: expect.any(Number),
    });
  });

  it('quantization compares tokens and memory', async () => {
    const { stdout } = await run('quantization');
    const rows = [...stdout.matchAll(/^(\w+): (\d+) MB, (\d+) of (\d+) tokens as in float32$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(['float32', 'int8', 'int4']);
    expect(rows[0]![3]).toBe(rows[0]![4]);
    expect(lab.processes()).toEqual([]);
  });

  it('counter counts', async () => {
    expect((await run('counter')).stdout).toBe('[ 1, 3, 6 ]\n');
    expect(lab.processes()).toEqual([]);
  });
});
