import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { InternalError, InvalidArgumentError } from '../../../../src/core/index.js';
import { isRunning, processIdentity } from '../../../../src/process/process-identity.js';
import { type SpawnedDaemon, spawnDaemon } from '../../../../src/process/spawn-daemon.js';

const ROOT = process.cwd();
const url = (path: string): string => pathToFileURL(join(ROOT, path)).href;

/** A daemon that does what its configuration says. */
const DAEMON = `
import { writeFileSync } from 'node:fs';
import { register } from '${url('node_modules/tsx/dist/esm/api/index.mjs')}';

register();
const { createLogger, InvalidArgumentError } = await import('${url('src/core/index.ts')}');
const { runDaemon } = await import('${url('src/process/index.ts')}');

runDaemon(createLogger('test'), async (config, exit) => {
  if (config.fail) throw new InvalidArgumentError('Port 7 is taken.', { details: { port: 7 } });
  if (config.crash) { console.error('about to crash'); process.exit(3); }
  if (config.hang) await new Promise(() => undefined);
  if (config.exitSoon) setTimeout(() => exit('it was lost', 5), 50);
  if (config.throwSoon) setTimeout(() => { throw new Error('out of nowhere'); }, 50);
  setInterval(() => undefined, 60_000); // a real one has a server that keeps it alive
  return {
    ready: { answer: config.question + 1 },
    close: async () => {
      writeFileSync(config.closedFile, 'closed', { flag: 'a' });
      if (config.failClose) throw new Error('the store is away');
    },
  };
});
`;

describe('a daemon', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ray-ts-daemon-'));
  const modulePath = join(directory, 'daemon.mjs');
  const closedFile = join(directory, 'closed');
  const logPath = join(directory, 'daemon.log');
  let started: SpawnedDaemon<{ answer: number }> | undefined;

  beforeAll(() => writeFileSync(modulePath, DAEMON));
  beforeEach(() => {
    started = undefined;
    rmSync(closedFile, { force: true });
  });
  afterEach(async () => {
    if (started && !hasEnded(started)) await end('SIGKILL');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  async function spawn(config: object, tiedToParent = true, timeoutMs = 20_000): Promise<{ answer: number }> {
    const options = { name: 'The daemon', modulePath, logPath, tiedToParent, timeoutMs };
    started = await spawnDaemon<object, { answer: number }>({
      ...options,
      config: { question: 41, closedFile, ...config },
    });
    return started.ready;
  }

  const hasEnded = ({ process: child }: SpawnedDaemon<unknown>): boolean =>
    child.exitCode !== null || child.signalCode !== null;

  /** Sends a signal, unless it is 0, and resolves when the process is gone. */
  async function end(signal: NodeJS.Signals | 0): Promise<void> {
    if (signal !== 0) process.kill(started!.pid, signal);
    while (!hasEnded(started!)) await sleep(10);
  }

  it('answers with what it has when it is ready', async () => {
    expect(await spawn({})).toEqual({ answer: 42 });
  });

  it('fails to start with the error that it has, whole', async () => {
    const error = await spawn({ fail: true }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ message: 'Port 7 is taken.', details: { port: 7 } });
  });

  it('fails to start with its last words when it ends without an error', async () => {
    const error = await spawn({ crash: true }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InternalError);
    expect(String(error)).toMatch(/The daemon ended while it started \(exit code 3\).*\n.*about to crash/s);
  });

  it('is killed when it takes too long to start', async () => {
    await expect(spawn({ hang: true }, true, 1_000)).rejects.toThrow('The daemon did not start within 1 s');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('closes what it has once, on %s, however often it comes', async (signal) => {
    await spawn({});
    process.kill(started!.pid, signal);
    await end(signal);
    expect(readFileSync(closedFile, 'utf8')).toBe('closed');
    expect(started!.process.exitCode).toBe(0);
  });

  it.each([
    ['it decides so itself', { exitSoon: true }, 5],
    ['of an exception that nobody catches', { throwSoon: true }, 1],
  ])('closes what it has when it ends because %s', async (_why, config, exitCode) => {
    await spawn(config);
    await end(0);
    expect(existsSync(closedFile)).toBe(true);
    expect(started!.process.exitCode).toBe(exitCode);
  });

  it('ends although it can not close what it has, and says so by its exit code', async () => {
    await spawn({ failClose: true });
    await end('SIGTERM');
    expect(started!.process.exitCode).toBe(1);
    expect(readFileSync(logPath, 'utf8')).toMatch(/could not stop cleanly/);
  });

  it('ends in order when the process that it is tied to is gone', async () => {
    await spawn({}, true);
    started!.process.disconnect();
    await end(0);
    expect(existsSync(closedFile)).toBe(true);
  });

  it('outlives the process that started it when it is not tied to it', async () => {
    await spawn({}, false);
    expect(started!.process.connected).toBe(false);
    await sleep(200);
    expect(isRunning(processIdentity(started!.pid))).toBe(true);
  });
});
