import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Certificates } from '../support/certificates.js';
import { FollowedCommand } from '../support/followed-command.js';
import { killHead, restartHead } from '../support/head-outage.js';
import { eventually, Lab } from '../support/lab.js';
import { REPOSITORY } from '../support/lab-host.js';

const GREETINGS = join(REPOSITORY, 'test/e2e/programs/greetings');
const CLI = join(REPOSITORY, 'bin/ray-ts.js');

/** An entrypoint that prints `begun`, and `over` when the file is there. */
const untilFile = (path: string): string[] => [
  process.execPath,
  '-e',
  `const { existsSync } = require('node:fs');
   console.log('begun');
   const timer = setInterval(() => { if (existsSync(${JSON.stringify(path)})) { clearInterval(timer); console.log('over'); } }, 20);`,
];

/** An entrypoint that does not end on SIGTERM, and has a child that neither does. */
const STUBBORN = [
  'sh',
  '-c',
  `trap '' TERM; ${process.execPath} -e 'process.on("SIGTERM", () => console.log("asked to end")); console.log("begun"); setInterval(() => {}, 1000)' stubborn & wait; wait`,
];

/** Away from this repository: what the program finds there would hide what is missing where it is sent. */
function copyProgram(folder: string): string {
  const program = join(folder, 'greetings');
  cpSync(GREETINGS, program, { recursive: true });
  writeFileSync(join(program, 'package.json'), '{ "type": "module" }');
  return program;
}

async function submit(lab: Lab, flags: readonly string[], entrypoint: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.ray(['job', 'submit', '--no-wait', ...flags, '--', ...entrypoint]);
  if (code !== 0) throw new Error(stderr);
  return /Job '(\S+)' submitted successfully/.exec(stdout)![1]!;
}

async function listed(lab: Lab): Promise<Record<string, unknown>[]> {
  return JSON.parse((await lab.ray(['job', 'list', '--detail', '--format', 'json'])).stdout);
}

const stateOf = async (lab: Lab, id: string) => (await listed(lab)).find((job) => job['submission_id'] === id)!;

const untilStatus = (lab: Lab, id: string, status: string) =>
  eventually(`job ${id} is ${status}`, async () => {
    const job = await stateOf(lab, id);
    return job['status'] === status ? job : undefined;
  });

describe('a submitted job', () => {
  const lab = new Lab();
  const elsewhere = new Lab();
  const folder = mkdtempSync(join(tmpdir(), 'ray-ts-job-'));
  let numFiles = 0;

  beforeAll(async () => {
    const cluster = await lab.startHead(['--num-cpus', '1']);
    await elsewhere.join(cluster, ['--num-cpus', '1']);
  });
  afterAll(async () => {
    await elsewhere.close();
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const newPath = (): string => join(folder, `file-${numFiles++}`);
  const running = (what: string) => lab.processes().filter(({ command }) => command.includes(what));

  it('runs in its folder with its environment, and so do its actors on every node', async () => {
    const { code, stdout } = await lab.ray([
      ...['job', 'submit', '--submission-id', 'greetings', '--working-dir', copyProgram(folder)],
      ...['--runtime-env-json', '{"envVars": {"GREETING": "Hello"}}', '--metadata-json', '{"team": "lab"}'],
      ...['--', 'npx', 'tsx', 'driver.ts', 'Ada', '-tp'],
    ]);
    const line = stdout.split('\n').find((each) => each.startsWith('{'));
    const { greetings, directory, submissionId } = JSON.parse(line ?? '{}');
    expect(submissionId).toBe('greetings');
    expect(greetings.map(({ text }: { text: string }) => text)).toEqual(['Hello, Ada!', 'Hello, -tp!']);
    expect(directory).toContain(`${lab.directory}/`);
    const places = greetings.map(({ directory: place }: { directory: string }) =>
      place.startsWith(`${lab.directory}/`) ? 'beside it' : place.startsWith(`${elsewhere.directory}/`) && 'elsewhere',
    );
    expect(places.sort()).toEqual(['beside it', 'elsewhere']);
    expect(stdout).toContain("Job 'greetings' succeeded");
    expect(code).toBe(0);
  });

  it('is listed with what it was and became, and its driver under its id', async () => {
    expect(await stateOf(lab, 'greetings')).toMatchObject({
      status: 'SUCCEEDED',
      entrypoint: 'npx tsx driver.ts Ada -tp',
      metadata: { team: 'lab' },
      driver_exit_code: 0,
    });
    const { stdout } = await lab.ray(['list', 'jobs', '--filter', 'submission_id=greetings', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([{ submission_id: 'greetings', status: 'FINISHED' }]);
  });

  it('has an id of its own', async () => {
    const { code, stderr } = await lab.ray(['job', 'submit', '--submission-id', 'greetings', '--', 'true']);
    expect(code).toBe(1);
    expect(stderr).toContain('There is a job greetings already');
  });

  it('fails with its entrypoint, and keeps the log', async () => {
    const script = 'console.log("to output"); console.error("to error"); process.exit(3)';
    const { code, stdout } = await lab.ray(['job', 'submit', '--', process.execPath, '-e', script]);
    expect(code).toBe(1);
    const id = /Job '(\S+)' failed/.exec(stdout)![1]!;
    expect(id).toMatch(/^raysubmit_[A-Za-z0-9]{16}$/);
    expect((await lab.ray(['job', 'logs', id])).stdout).toBe('to output\nto error\n');
    expect((await lab.ray(['logs', 'job', '--id', id, '--tail', '1'])).stdout).toBe('to error\n');
    expect((await lab.ray(['job', 'status', id])).stdout).toBe(
      `Status for job '${id}': FAILED\nStatus message: The entrypoint ended with exit code 3. Its last lines:\n` +
        '  to output\n  to error\n',
    );
    expect(await stateOf(lab, id)).toMatchObject({ error_type: 'JOB_ENTRYPOINT_COMMAND_ERROR', driver_exit_code: 3 });
  });

  it('fails with the reason when there is no such program', async () => {
    const { code, stdout } = await lab.ray(['job', 'submit', '--', 'no such-program']);
    expect(code).toBe(1);
    expect(stdout).toContain('The entrypoint "no such-program" could not be started: spawn no such-program ENOENT.');
    expect(stdout).toContain('No shell reads the entrypoint');
  });

  it('is not there when its folder is too large, or its arguments are none', async () => {
    const large = join(folder, 'large');
    mkdirSync(large);
    writeFileSync(join(large, 'weights.bin'), '');
    truncateSync(join(large, 'weights.bin'), 101 * 1024 * 1024);
    const attempts = [
      [['--working-dir', large], /holds 101\.0 MiB, and at most 100\.0 MiB are sent.*weights\.bin/],
      [['--working-dir', join(folder, 'nowhere')], /there is no folder .*nowhere/],
      [['--runtime-env-json', '{"pip": ["numpy"]}'], /runtimeEnv has no pip/],
      [['--submission-id', '../x'], /A submission id has up to 128/],
      [['--metadata-json', '{"n": 1}'], /The metadata of a job are texts/],
      [['--entrypoint-num-cpus', '-1'], /numCpus|CPU/],
    ] as const;
    const before = await listed(lab);
    for (const [flags, reason] of attempts) {
      const { code, stderr } = await lab.ray(['job', 'submit', ...flags, '--', 'true']);
      expect(code).toBe(1);
      expect(stderr).toMatch(reason);
    }
    expect(await listed(lab)).toEqual(before);
  });

  it.each(['status', 'logs', 'stop', 'delete'])('that nobody submitted has no %s', async (command) => {
    const { code, stderr } = await lab.ray(['job', command, 'nobody']);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no job nobody');
  });

  it('fails when no node can ever hold it, and says so', async () => {
    const flags = ['--submission-id', 'giant', '--entrypoint-num-cpus', '1000'];
    const { code, stderr } = await lab.ray(['job', 'submit', ...flags, '--', 'true']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: .*1000/s);
    expect(await stateOf(lab, 'giant')).toMatchObject({
      status: 'FAILED',
      error_type: 'JOB_SUPERVISOR_ACTOR_START_FAILURE',
      message: expect.stringContaining('1000'),
    });
  });

  it('outlives the command that submitted it, and is followed to its end', async () => {
    const path = newPath();
    const id = await submit(lab, [], untilFile(path));
    await untilStatus(lab, id, 'RUNNING');
    const following = new FollowedCommand(lab.spawn([process.execPath, CLI, 'job', 'logs', '-f', id]));
    await following.prints('begun');
    writeFileSync(path, '');
    expect(await following.exited).toBe(0);
    expect(following.stdout).toMatch(/^begun\nover\n\n-+\nJob '\S+' succeeded\n-+\n$/);
  });

  it('goes on when Ctrl-C ends its following, which says how to come back', async () => {
    const path = newPath();
    const submitting = new FollowedCommand(
      lab.spawn([process.execPath, CLI, 'job', 'submit', '--', ...untilFile(path)]),
    );
    await submitting.prints('begun');
    submitting.child.kill('SIGINT');
    expect(await submitting.exited).toBe(130);
    const id = /Follow it: ray-ts job logs -f (\S+)\n {2}Stop it: {3}ray-ts job stop/.exec(submitting.stdout)![1]!;
    expect((await stateOf(lab, id))['status']).toBe('RUNNING');
    writeFileSync(path, '');
    await untilStatus(lab, id, 'SUCCEEDED');
  });

  it('is stopped with all its processes, also against their will', async () => {
    const id = await submit(lab, [], STUBBORN);
    await eventually('it has begun', async () =>
      (await lab.ray(['job', 'logs', id])).stdout.includes('begun') ? true : undefined,
    );
    const { code, stdout } = await lab.ray(['job', 'stop', id]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Job '${id}' was stopped`);
    expect((await lab.ray(['job', 'logs', id])).stdout).toBe('begun\nasked to end\n');
    expect(await stateOf(lab, id)).toMatchObject({ status: 'STOPPED' });
    expect(running('stubborn')).toEqual([]);
    expect((await lab.ray(['job', 'stop', id])).stdout).toContain('It was over already');
  });

  it('that waits for its place says for what, and is stopped before it starts', async () => {
    const path = newPath();
    const holder = await submit(lab, ['--entrypoint-num-cpus', '1'], untilFile(path));
    const other = await submit(lab, ['--entrypoint-num-cpus', '1'], untilFile(path));
    await Promise.all([holder, other].map((id) => untilStatus(lab, id, 'RUNNING')));
    const id = await submit(lab, ['--entrypoint-num-cpus', '1'], ['true']);
    const following = new FollowedCommand(lab.spawn([process.execPath, CLI, 'job', 'logs', '-f', id]));
    expect((await lab.ray(['job', 'status', id])).stdout).toMatch(/PENDING\n[\s\S]*CPU/);
    await eventually('who follows it is told', () => /has not started yet.*CPU/s.test(following.stderr) || undefined);
    await lab.ray(['job', 'stop', id]);
    expect(await following.exited).toBe(1);
    expect(following.stdout).toContain(`Job '${id}' was stopped`);
    expect(await stateOf(lab, id)).toMatchObject({ status: 'STOPPED', start_time: '' });
    writeFileSync(path, '');
    await Promise.all([holder, other].map((each) => untilStatus(lab, each, 'SUCCEEDED')));
    expect(await stateOf(lab, id)).toMatchObject({ status: 'STOPPED', start_time: '' });
  });

  it('is deleted when it is over, not before', async () => {
    const path = newPath();
    const id = await submit(lab, [], untilFile(path));
    await untilStatus(lab, id, 'RUNNING');
    const refused = await lab.ray(['job', 'delete', id]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`Job ${id} is RUNNING: stop it first`);
    writeFileSync(path, '');
    await untilStatus(lab, id, 'SUCCEEDED');
    expect((await lab.ray(['job', 'delete', id])).stdout).toBe(`Job '${id}' deleted successfully\n`);
    expect(await stateOf(lab, id)).toBeUndefined();
    const again = ['job', 'submit', '--submission-id', id, '--', 'echo', 'anew'];
    expect((await lab.ray(again)).code).toBe(0);
    expect((await lab.ray(['job', 'logs', id])).stdout).toBe('anew\n');
  });

  it('fails with its supervisor, and leaves no process', async () => {
    const path = newPath();
    const id = await submit(lab, [], untilFile(path));
    await untilStatus(lab, id, 'RUNNING');
    const supervisor = (await lab.status()).actors.find(
      ({ className, state }) => className === 'JobSupervisor' && state === 'ACTOR_LIFE_STATE_ALIVE',
    )!;
    process.kill(supervisor.address!.pid, 'SIGKILL');
    const { message } = await untilStatus(lab, id, 'FAILED');
    expect(message).toMatch(/^The process that ran it died: /);
    await eventually('its entrypoint is gone', () => (running(path).length === 0 ? true : undefined));
  });

  it('is killed from outside: the signal is the reason', async () => {
    const path = newPath();
    const id = await submit(lab, [], untilFile(path));
    await untilStatus(lab, id, 'RUNNING');
    process.kill(running(path)[0]!.pid, 'SIGKILL');
    expect((await untilStatus(lab, id, 'FAILED'))['message']).toContain('The entrypoint ended by the signal SIGKILL.');
  });

  it('leaves nothing that runs', async () => {
    const ofJobs = () => running('JobSupervisor').concat(running('entrypoint-guard'));
    await eventually('every supervisor has ended', () => (ofJobs().length === 0 ? true : undefined));
  });
});

describe('a submitted job whose head is killed and started again', () => {
  const lab = new Lab();
  afterAll(() => lab.close());

  it('goes on, and its end is known', async () => {
    const path = join(lab.directory, 'go');
    await lab.startHead(['--num-cpus', '1', '--embedded-store']);
    const before = await submit(lab, [], ['true']);
    await untilStatus(lab, before, 'SUCCEEDED');
    const id = await submit(lab, [], untilFile(path));
    await untilStatus(lab, id, 'RUNNING');
    await killHead(lab);
    writeFileSync(path, '');
    await restartHead(lab, ['--embedded-store']);
    await untilStatus(lab, id, 'SUCCEEDED');
    expect((await lab.ray(['job', 'logs', id])).stdout).toBe('begun\nover\n');
    expect((await stateOf(lab, before))['status']).toBe('SUCCEEDED');
  });
});

describe('a submitted job on a cluster with TLS', () => {
  const certificates = new Certificates();
  const lab = new Lab();
  const folder = mkdtempSync(join(tmpdir(), 'ray-ts-job-'));
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await lab.close();
    certificates.remove();
  });

  it('reaches its cluster by files that only its user reads, and that end with it', async () => {
    const { cert, key, ca } = certificates.files;
    await lab.startHead(['--num-cpus', '1', `--tls-cert=${cert}`, `--tls-key=${key}`, `--tls-ca=${ca}`]);
    const script =
      'const { statSync } = require("node:fs"); console.log((statSync(process.env.RAY_TS_TLS_KEY).mode & 0o777).toString(8))';
    const modes = await lab.ray(['job', 'submit', '--', process.execPath, '-e', script]);
    expect(modes.stdout).toContain('\n600\n');
    const { code, stdout } = await lab.ray([
      'job',
      'submit',
      '--working-dir',
      copyProgram(folder),
      '--',
      'npx',
      'tsx',
      'driver.ts',
      'Bo',
    ]);
    expect(stdout).toContain('undefined, Bo!');
    expect(code).toBe(0);
    const secret = certificates.texts.key.split('\n')[1]!;
    const files = readdirSync(lab.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.filter((path) => existsSync(path) && readFileSync(path, 'latin1').includes(secret))).toEqual([]);
  });
});
