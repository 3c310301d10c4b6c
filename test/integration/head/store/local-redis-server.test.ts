import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalRedisServer } from '../../../../head/store/redis/local-redis-server.js';
import { probeSocket } from '../../../../head/store/redis/probe-socket.js';
import { InvalidArgumentError, StoreUnavailableError } from '../../../../src/core/errors/index.js';
import { describeWithRedis, readRedisPid } from '../../../support/redis-server.js';

describeWithRedis('LocalRedisServer', (executable) => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rayts-local-redis-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const socketPath = (): string => join(directory, 'redis.sock');

  it('answers when ready and is gone when stopped', async () => {
    const server = await LocalRedisServer.start({ executable, directory });
    await server.waitReady();
    expect(await probeSocket(server.url, 1_000)).toEqual({ kind: 'ready' });
    await server.stop();
    expect(await probeSocket(server.url, 1_000)).toEqual({ kind: 'silent' });
  });

  it('dies when its parent is killed with -9', async () => {
    const parent = await startParent(executable, directory);
    parent.kill('SIGKILL');
    await untilSilent(socketPath());
  });

  it('dies with its parent also when the shell that waits for it was killed before', async () => {
    const parent = await startParent(executable, directory);
    process.kill(parentProcessOf(await readRedisPid(socketPath())), 'SIGKILL');
    parent.kill('SIGKILL');
    await untilSilent(socketPath());
  });

  it('tells of its end when the server is killed', async () => {
    const server = await LocalRedisServer.start({ executable, directory });
    await server.waitReady();
    process.kill(await readRedisPid(server.url), 'SIGKILL');
    expect(await server.exited).toContain('exit code 137');
    await server.stop();
  });

  it('starts on the directory of a head that was just killed', async () => {
    const parent = await startParent(executable, directory);
    parent.kill('SIGKILL');
    const server = await LocalRedisServer.start({ executable, directory });
    await server.waitReady();
    await server.stop();
  });

  it('shows the last lines of the log when the server does not start', async () => {
    const failing = join(directory, 'redis-server');
    writeFileSync(failing, '#!/bin/sh\necho "Fatal: no room"\nexit 3\n', { mode: 0o755 });
    const server = await LocalRedisServer.start({ executable: failing, directory });
    await expect(server.waitReady()).rejects.toMatchObject({
      name: StoreUnavailableError.name,
      message: expect.stringMatching(/exit code 3(.|\n)*Fatal: no room/),
    });
  });

  it('refuses a directory whose path is too long for a socket', async () => {
    const long = join(directory, 'x'.repeat(100));
    await expect(LocalRedisServer.start({ executable, directory: long })).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});

async function startParent(executable: string, directory: string): Promise<ChildProcess> {
  const script = join(__dirname, '../../../support/start-local-redis.ts');
  const parent = spawn(process.execPath, ['--import', 'tsx', script, executable, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(parent.stdout as NodeJS.ReadableStream, 'data');
  return parent;
}

/** The fourth field of /proc/<pid>/stat, counted after the name in brackets. */
function parentProcessOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

async function untilSilent(path: string): Promise<void> {
  while ((await probeSocket(path, 1_000)).kind !== 'silent') await delay(20);
}
