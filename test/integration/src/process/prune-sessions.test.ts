import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePruned, pruneSessions, type SessionFacts } from '../../../../src/process/prune-sessions.js';
import { createSessionDirectory, recordDaemon } from '../../../../src/process/session-directory.js';

const facts = (path: string, changedAtMs: number, more: Partial<SessionFacts> = {}): SessionFacts => ({
  path,
  changedAtMs,
  isRunning: false,
  isRecoverable: false,
  ...more,
});

describe('choosePruned', () => {
  it('keeps the newest', () => {
    expect(choosePruned([facts('a', 1), facts('c', 3), facts('b', 2)], 1)).toEqual(['b', 'a']);
    expect(choosePruned([facts('a', 1)], 1)).toEqual([]);
  });

  it('keeps what runs, and what a head may go on with, whatever its age; neither counts as one of the newest', () => {
    const kept = [facts('runs', 9, { isRunning: true }), facts('crashed', 8, { isRecoverable: true })];
    expect(choosePruned([...kept, facts('a', 1), facts('b', 2)], 1)).toEqual(['a']);
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

  it('removes the oldest of the ended sessions, and nothing else of the folder', () => {
    const ended = Array.from({ length: 12 }, (_, n) => createSessionDirectory(`ended-${n}`));
    const running = createSessionDirectory('running');
    recordDaemon(running, 'head', process.pid);
    const crashed = createSessionDirectory('crashed');
    writeFileSync(join(crashed.path, 'cluster.json'), '{}');
    const left = createSessionDirectory('node-left');
    writeFileSync(join(left.path, 'cluster.json'), '{}');
    mkdirSync(join(base, 'mine'));
    for (const [n, { path }] of ended.entries()) age(path, n);
    for (const path of [running.path, crashed.path, left.path, join(base, 'mine')]) age(path, 100);
    expect(pruneSessions()).toBe(3);
    expect(ended.map(({ path }) => existsSync(path))).toEqual([...Array(10).fill(true), false, false]);
    expect([running, crashed, left].map(({ path }) => existsSync(path))).toEqual([true, true, false]);
    expect(existsSync(join(base, 'mine'))).toBe(true);
    expect(pruneSessions()).toBe(0);
  });
});
