import { eventually, Lab, type LabActor } from '../support/lab.js';

/** Short leases, so that the tests see them run out. */
const LEASES = ['--lease-ms', '2000', '--head-lease-ms', '2000', '--num-cpus', '2'];
const ENGINE = JSON.stringify({ tensorParallelSize: 2, pipelineParallelSize: 2, distributedExecutorBackend: 'ray' });

describe('kill -9 in the middle of generate', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  const nothingIsLeft = () =>
    eventually(
      'every process and segment of the lab is gone',
      () => lab.processes().length + lab.segments().length === 0 || undefined,
      {
        withinMs: 15_000,
        detail: () => JSON.stringify([lab.processes(), lab.segments()]),
      },
    );

  const workers = async (): Promise<LabActor[]> => {
    const { actors } = await lab.status();
    return actors.filter((actor) => actor.className === 'LLMWorker' && actor.state === 'ACTOR_LIFE_STATE_ALIVE');
  };

  async function generating() {
    await lab.startHead(LEASES);
    const driver = lab.drive('generate', [ENGINE]);
    await driver.line('firstToken');
    return driver;
  }

  it('a worker: generate rejects within 2 s with rank, host, pid, signal and log', async () => {
    const driver = await generating();
    const victim = (await workers()).find((actor) => /^llm-worker-.*-2$/.test(actor.name))!;
    process.kill(victim.address!.pid, 'SIGKILL');

    const line = await driver.line('error', 2_000);
    expect(line).toMatchObject({ error: 'RankFailedError', code: 'RAY_RANK_FAILED' });
    expect(line['details']).toMatchObject({
      pid: victim.address!.pid,
      signal: 'SIGKILL',
      hostname: expect.any(String),
    });
    expect(line['message']).toMatch(
      /^Rank \d \(stage \d, tensor rank \d; host \S+, pid \d+\) was ended by SIGKILL\.\nThe last lines of its log:\n {2}rank \d.* loaded its part/,
    );
    expect(await driver.exited).toBe(0);

    await eventually('the other ranks end too', async () => (await workers()).length === 0 || undefined);
    await lab.ray(['stop']);
    await nothingIsLeft();
  });

  it('(-STOP) a worker: generate rejects with the rank that hangs, and its actors end', async () => {
    const driver = await generating();
    const victim = (await workers()).find((actor) => /^llm-worker-.*-1$/.test(actor.name))!;
    process.kill(victim.address!.pid, 'SIGSTOP');
    const line = await driver.line('error');
    expect(line).toMatchObject({ error: 'RankFailedError', details: { pid: victim.address!.pid } });
    expect(line['message']).toMatch(/it has not answered for 1|can't be reached/);
    expect(await driver.exited).toBe(0);
    await eventually('all ranks end', async () => (await workers()).length === 0 || undefined);
    await lab.ray(['stop']);
    await nothingIsLeft();
  });

  it('the driver: its actors end within its lease, and the cluster goes on', async () => {
    const driver = await generating();
    driver.child.kill('SIGKILL');
    await driver.exited;
    await eventually('its actors end', async () => (await workers()).length === 0 || undefined);
    const { placementGroups, nodes } = await lab.status();
    expect(placementGroups.filter((group) => group.state !== 'PLACEMENT_GROUP_STATE_REMOVED')).toEqual([]);
    expect(nodes.map((node) => node.state)).toEqual(['NODE_LIFE_STATE_ALIVE']);
    // The lock of the agent, which lives.
    expect(lab.segments()).toEqual([expect.stringContaining('-agent-')]);
    await lab.ray(['stop']);
    await nothingIsLeft();
  });

  it('the agent: its actors end with it, generate rejects, and the head calls the node dead', async () => {
    const driver = await generating();
    const [node] = (await lab.status()).nodes;
    process.kill(node!.pid, 'SIGKILL');
    const line = await driver.line('error');
    expect(line).toMatchObject({ error: 'RankFailedError' });
    await driver.exited;
    const dead = await eventually('the node is dead', async () =>
      (await lab.status()).nodes.find(({ state }) => state === 'NODE_LIFE_STATE_DEAD'),
    );
    expect(dead.nodeId).toBe(node!.nodeId);
    expect(lab.processes().filter(({ command }) => command.includes('actor/main.js'))).toEqual([]);
    await lab.ray(['stop']);
    await nothingIsLeft();
  });

  it('the head: agent, actors, driver and redis-server end by themselves after their lease', async () => {
    const driver = await generating();
    const head = lab.processes().find(({ command }) => command.includes('head/main.js'));
    process.kill(head!.pid, 'SIGKILL');
    await driver.line('error');
    await driver.exited;
    await nothingIsLeft();
  });
});
