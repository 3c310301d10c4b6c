import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, processIdentity } from '../../../../src/process/process-identity.js';
import { type ActorSpec, type ErrorDetail, encodeValue, messageCodec } from '../../../../src/rpc/index.js';
import type { ActorProcessMessage } from '../../../../worker/actor/process-messages.js';
import { type ProcessExit, WorkerProcess } from '../../../../worker/agent/worker-process.js';

const specCodec = messageCodec<ActorSpec>('ActorSpec');
const detailCodec = messageCodec<ErrorDetail>('ErrorDetail');

const MODULE = `
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

export class Idle {}

export class Surroundings {
  constructor(file) {
    const { GREETING, CUDA_VISIBLE_DEVICES } = process.env;
    writeFileSync(file, JSON.stringify([GREETING, CUDA_VISIBLE_DEVICES, process.cwd()]));
  }
}

export class Exits {
  constructor(exitCode) {
    process.stderr.write('first line\\nlast line\\n');
    setTimeout(() => process.exit(exitCode), 20);
  }
}

export class Fails {
  constructor() {
    throw new RangeError('no room');
  }
}

export class Throws {
  constructor() {
    setTimeout(() => { throw new Error('out of nowhere'); }, 20);
  }
}

export class Parent {
  constructor(pidFile) {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    writeFileSync(pidFile, String(child.pid));
  }
}
`;

describe('WorkerProcess', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ray-ts-actor-'));
  const logs = join(directory, 'logs');
  const modulePath = join(directory, 'actors.mjs');
  let process_: WorkerProcess;
  let exit: Promise<ProcessExit>;
  let numProcesses = 0;

  beforeAll(() => {
    mkdirSync(logs);
    writeFileSync(modulePath, MODULE);
  });
  beforeEach(() => {
    numProcesses++;
    process_ = new WorkerProcess(logs, { envVars: { GREETING: 'hello' }, workingDirectory: directory });
    exit = new Promise((resolve) => process_.onExit(resolve));
  });
  afterEach(async () => {
    process_.kill();
    await exit;
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Gives the process an actor; resolves with what it tells of it. */
  function start(className: string, ...args: unknown[]): Promise<ActorProcessMessage> {
    const spec = {
      actorId: 'a1',
      jobId: 'j1',
      actorClass: { modulePath, name: className },
      constructorArgs: encodeValue(args),
    };
    const told = new Promise<ActorProcessMessage>((resolve) => process_.onMessage(resolve));
    process_.send({
      kind: 'start-actor',
      spec: specCodec.encode(spec),
      gpuIds: ['3'],
      workerId: process_.workerId,
      workingDirectory: directory,
      numRestarts: 0,
      clusterId: 'test',
      nodeId: 'n1',
      hostname: 'h',
      host: '127.0.0.1',
      credentials: { token: 't' },
      headAddress: '127.0.0.1:1',
      agentAddress: '127.0.0.1:1',
      sessionDirectory: directory,
    });
    return told;
  }

  it('tells where its actor answers calls', async () => {
    expect(await start('Idle')).toEqual({ kind: 'alive', rpcAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
  });

  it('runs in its environment and folder, and sees the GPUs that it was given', async () => {
    const file = join(directory, 'surroundings');
    expect((await start('Surroundings', file)).kind).toBe('alive');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(['hello', '3', directory]);
  });

  it('is the first that the kernel ends when memory runs out', () => {
    expect(readFileSync(`/proc/${process_.pid}/oom_score_adj`, 'utf8').trim()).toBe('1000');
  });

  it('tells with which error the constructor failed', async () => {
    const message = await start('Fails');
    if (message.kind !== 'failed') throw new Error('The constructor did not fail.');
    expect(detailCodec.decode(message.error)).toMatchObject({ code: 'RAY_TASK_ERROR', message: 'RangeError: no room' });
  });

  it('ends with the exit code of its actor, and the last lines that it wrote', async () => {
    await start('Exits', 7);
    expect(await exit).toEqual({ exitCode: 7, signal: '', stderrTail: ['first line', 'last line'] });
  });

  it('ends with exit code 1 and the error on an exception that nobody catches', async () => {
    await start('Throws');
    const { exitCode, stderrTail } = await exit;
    expect(exitCode).toBe(1);
    expect(stderrTail.join('\n')).toMatch(/Error: out of nowhere/);
  });

  it('ends by the signal that it was sent', async () => {
    await start('Idle');
    process.kill(process_.pid, 'SIGKILL');
    expect(await exit).toMatchObject({ exitCode: -1, signal: 'SIGKILL' });
  });

  it.each([
    ['it is killed', (target: WorkerProcess) => target.kill()],
    ['a signal ends it', (target: WorkerProcess) => void process.kill(target.pid, 'SIGKILL')],
    ['it is asked to end', (target: WorkerProcess) => void process.kill(target.pid, 'SIGTERM')],
  ])('takes what its actor started with it when %s', async (_how, end) => {
    const pidFile = join(directory, `pid-${numProcesses}`);
    await start('Parent', pidFile);
    const child = processIdentity(Number(readFileSync(pidFile, 'utf8')));
    expect(isRunning(child)).toBe(true);
    end(process_);
    await exit;
    while (isRunning(child)) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('ends before it has an actor, too', async () => {
    process_.kill();
    expect(await exit).toMatchObject({ signal: 'SIGKILL' });
  });
});
