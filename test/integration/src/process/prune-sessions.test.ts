import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePruned, pruneSessions, type SessionFacts } from '../../../../src/process/prune-sessions.js';
import { createSessionDirectory, recordDaemon } from '../../../../src/process/session-directory.js';

const facts = (path: string, changedAtMs: number, more: Partial<SessionFacts> = {}): SessionFacts => ({
  path,
  changedAtMs,
  isInUse: false,
  isCurrent: false,
  ...more,
});

describe('choosePruned', () => {
  it('keeps the logs of the newest', () => {
    const sessions = [facts('a', 1), facts('c', 3), facts('b', 2)];
    expect(choosePruned(sessions, 1)).toEqual({ removed: ['b', 'a'], stripped: ['c'] });
  });

  it('keeps what is in use, and what a head may go on with, whatever its age; neither counts as one of the newest', () => {
    const kept = [facts('runs', 9, { isInUse: true }), facts('crashed', 8, { isCurrent: true })];
    const pruning = choosePruned([...kept, facts('a', 1), facts('b', 2)], 1);
    expect(pruning).toEqual({ removed: ['a'], stripped: ['b'] });
  });
});

describe('pruneSessions', () => {
  const base = mkdtempSync(join(tmpdir(), 'ray-ts-prune-'));
  const before = process.env['RAY_TS_TMPDIR'];
  beforeAll(() => {
    process.env['RAY_TS_TMPDIR'] = base;
  });
  afterAll(() => {
    if (before === undefined) delete process.env['RAY_TS_TMPDIR'];
    else process.env['RAY_TS_TMPDIR'] = before;
    rmSync(base, { recursive: true, force: true });
  });

  const age = (path: string, hours: number): void =>
    utimesSync(path, Date.now() / 1_000, Date.now() / 1_000 - hours * 3_600);

  /** As one that another process began, which has ended. */
  async function leaveSession(name: string, hours: number): Promise<string> {
    const { path } = createSessionDirectory(name);
    const ended = spawn('true');
    await once(ended, 'exit');
    writeFileSync(join(path, 'starter.json'), JSON.stringify({ pid: ended.pid, startTicks: 1 }));
    writeFileSync(join(path, 'logs', 'head.log'), '');
    writeFileSync(join(path, 'cluster.json'), '{}');
    mkdirSync(join(path, 'spill'));
    age(path, hours);
    return path;
  }

  it('leaves the logs of the newest of the ended sessions, of the others nothing, and the rest of the folder alone', async () => {
    const ended: string[] = [];
    for (let n = 0; n < 7; n++) ended.push(await leaveSession(`ended-${n}`, n));
    const running = await leaveSession('running', 100);
    recordDaemon({ path: running, logs: join(running, 'logs') }, 'head', process.pid);
    const starting = createSessionDirectory('starting').path;
    const crashed = await leaveSession('crashed', 100);
    writeFileSync(join(base, 'current.json'), JSON.stringify({ session: crashed }));
    mkdirSync(join(base, 'mine'));
    age(starting, 100);
    age(join(base, 'mine'), 100);
    expect(pruneSessions()).toBe(2);
    expect(ended.map((path) => existsSync(path))).toEqual([...Array(5).fill(true), false, false]);
    expect(readdirSync(ended[4]!)).toEqual(['logs']);
    expect(readdirSync(join(ended[4]!, 'logs'))).toEqual(['head.log']);
    for (const path of [running, crashed]) expect(readdirSync(path)).toContain('spill');
    expect([starting, join(base, 'mine')].every((path) => existsSync(path))).toBe(true);
    expect(pruneSessions()).toBe(0);
  });
});
