import { eventually, Lab } from '../support/lab.js';

const ENGINE = JSON.stringify({ tensorParallelSize: 2, pipelineParallelSize: 2, distributedExecutorBackend: 'mp' });

describe('ranks that are processes of their engine', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  const ranks = (): { readonly pid: number; readonly command: string }[] =>
    lab.processes().filter(({ command }) => command.startsWith('ray-ts: rank'));

  async function generating() {
    const driver = lab.drive('generate', [ENGINE]);
    await driver.line('firstToken');
    expect(
      ranks()
        .map(({ command }) => command.trim())
        .toSorted(),
    ).toEqual(['ray-ts: rank 0', 'ray-ts: rank 1', 'ray-ts: rank 2', 'ray-ts: rank 3']);
    return driver;
  }

  const nothingIsLeft = () =>
    eventually('every process is gone', () => lab.processes().length === 0 || undefined, { withinMs: 15_000 });

  it('generate without a cluster, and end with the program', async () => {
    const driver = lab.drive('generate', [ENGINE, '8']);
    expect(await driver.line('outputs')).toMatchObject({ outputs: [expect.any(Array)] });
    expect(await driver.exited).toBe(0);
    await nothingIsLeft();
  });

  it('fail the requests with the first rank that is killed, its host, pid, signal and log', async () => {
    const driver = await generating();
    const victim = ranks().find(({ command }) => command.includes('rank 2'))!;
    process.kill(victim.pid, 'SIGKILL');
    const line = await driver.line('error');
    expect(line).toMatchObject({ error: 'RankFailedError', details: { rank: 2, pid: victim.pid, signal: 'SIGKILL' } });
    expect(line['message']).toMatch(
      /^Rank 2 \(stage 1, tensor rank 0; host \S+, pid \d+\) was ended by SIGKILL\.\nThe last lines of its log:\n {2}rank 2.* loaded its part/,
    );
    expect(await driver.exited).toBe(0);
    await nothingIsLeft();
  });

  it('are named when they are silent, and answer their own calls afterwards', async () => {
    const driver = lab.drive('health', [ENGINE, '2']);
    expect(await driver.line('well')).toEqual({ well: [0, 1, 2, 3] });
    expect(driver.lines.flatMap(({ error }) => (error === undefined ? [] : [error]))).toEqual([
      "The worker method 'describe' was not answered by rank 2 within 200 ms. The others have answered.",
      'The health check was not answered by rank 2 within 10000 ms. The others have answered.',
    ]);
    expect(await driver.exited).toBe(0);
    await nothingIsLeft();
  });

  it('fail the requests with the rank that hangs, not with those that wait for it', async () => {
    const driver = await generating();
    const victim = ranks().find(({ command }) => command.includes('rank 1'))!;
    process.kill(victim.pid, 'SIGSTOP');
    const line = await driver.line('error');
    expect(line).toMatchObject({ error: 'RankFailedError', details: { rank: 1, pid: victim.pid } });
    expect(line['message']).toMatch(/failed: it has not answered for 1\d s, while a step waits for it\.$/);
    expect(await driver.exited).toBe(0);
    await nothingIsLeft();
  });

  it('end when their engine is killed', async () => {
    const driver = await generating();
    driver.child.kill('SIGKILL');
    await driver.exited;
    await nothingIsLeft();
  });
});
