import { join } from 'node:path';
import type { Driver } from '../support/driver.js';
import { FollowedCommand } from '../support/followed-command.js';
import { eventually, Lab } from '../support/lab.js';
import { REPOSITORY } from '../support/lab-host.js';

const CLI = join(REPOSITORY, 'bin/ray-ts.js');

describe('ray-ts logs', () => {
  const lab = new Lab();
  const elsewhere = new Lab();
  let driver: Driver;
  let actorId: string;
  let actorPid: string;
  let taskPid: string;

  beforeAll(async () => {
    const cluster = await lab.startHead(['--num-cpus', '1']);
    await elsewhere.join(cluster, ['--num-cpus', '1']);
    driver = lab.drive('print-for-ever');
    ({ actorId, actorPid, taskPid } = Object.fromEntries(
      await Promise.all(
        ['actorId', 'actorPid', 'taskPid'].map(async (key) => [key, String((await driver.line(key))[key])]),
      ),
    ));
  });
  afterAll(async () => {
    driver.child.kill('SIGKILL');
    await elsewhere.close();
    await lab.close();
  });

  const logs = (...args: string[]) => lab.ray(['logs', ...args]);

  it('lists the files of every node', async () => {
    const { stdout } = await logs();
    expect(stdout.match(/^Node [0-9a-f]{8} \(127\.0\.0\.1\):$/gm)).toHaveLength(2);
    expect(stdout.match(/^ {2}agent\.log$/gm)).toHaveLength(2);
    expect(stdout.match(/^ {2}head\.log$/gm)).toHaveLength(1);
    expect(stdout).toMatch(new RegExp(`^ {2}worker-[0-9a-f]{28}-${actorPid}\\.out$`, 'm'));
  });

  it('lists the files that a pattern means, and prints one that is the only one', async () => {
    expect((await logs('agent.*')).stdout).toMatch(/^Node .*\n {2}agent\.log\nNode .*\n {2}agent\.log\n$/);
    expect((await logs(`worker-*-${taskPid}.out`)).stdout).toBe('a task speaks\n');
    const [{ nodeId }] = (await lab.status()).nodes as unknown as [{ nodeId: string }];
    expect((await logs('agent.log', '--node-id', nodeId.slice(0, 8))).stdout).toContain('registered with the head');
  });

  it.each(['actor', 'worker'])('prints what the process of an %s printed, by its pid', async (subject) => {
    expect((await logs(subject, '--pid', actorPid, '--tail', '-1')).stdout).toMatch(/^one\ntwo\nthree\ntick 0\n/);
  });

  it('prints what an actor printed, by the start of its id, on either stream', async () => {
    const id = actorId.slice(0, 12);
    expect((await logs('actor', '--id', id, '--tail', '-1')).stdout).toMatch(/^one\ntwo\nthree\n/);
    expect((await logs('actor', '--id', id, '--tail', '-1', '--err')).stdout).toMatch(/^said 3\n/);
    expect((await logs('actor', '--id', id, '--tail', '2')).stdout).toMatch(/^tick \d+\ntick \d+\n$/);
  });

  it('prints what the process of a task printed, by the id of the task', async () => {
    const taskId = await eventually('the head knows the task', async () => {
      const { stdout } = await lab.ray(['list', 'tasks', '--filter', 'name=speakOnce', '--format', 'json']);
      return JSON.parse(stdout)[0]?.task_id as string | undefined;
    });
    expect((await logs('task', '--id', taskId)).stdout).toBe('a task speaks\n');
  });

  it('follows until Ctrl-C, which ends it without a word', async () => {
    const following = new FollowedCommand(lab.spawn([process.execPath, CLI, 'logs', 'actor', '--pid', actorPid, '-f']));
    await following.prints('tick 0\n');
    const next = /tick (\d+)\n$/.exec(following.stdout)![1];
    await following.prints(`tick ${Number(next) + 3}\n`);
    following.child.kill('SIGINT');
    expect(await following.exited).toBe(130);
    expect(following.stderr).toBe('');
  });

  it.each([
    [['actor', '--id', 'ffffffffffff'], 'There is no actor_id ffffffffffff.'],
    [['actor'], 'Give the actor by --id or by --pid.'],
    [['worker', '--pid', '1'], 'There is no log of process 1'],
    [['job', '--id', 'nobody'], 'There is no log of job nobody'],
    [['nothing-*'], 'There is no log of the name nothing-*'],
    [['agent.log', '-f'], '2 files are of the name agent.log; choose one, or a node:'],
    [['--node-ip', '10.9.9.9'], 'There is no living node 10.9.9.9'],
  ])('says what is wrong with %j', async (args, reason) => {
    const { code, stderr } = await logs(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });
});
