import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Draft, LogLines } from '../../../../../src/rpc/index.js';
import { LogFile } from '../../../../../worker/agent/logs/log-file.js';
import { WorkerLogs } from '../../../../../worker/agent/logs/worker-logs.js';
import { FakeProcess } from '../../../../support/fake-process.js';
import { eventually } from '../../../../support/lab.js';

describe('the logs of workers', () => {
  let directory: string;
  let process_: FakeProcess;
  let sent: Draft<LogLines>[];
  let canSend: boolean;
  let logs: WorkerLogs;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ray-ts-logs-'));
    process_ = Object.assign(new FakeProcess(7), {
      outPath: join(directory, 'w.out'),
      errPath: join(directory, 'w.err'),
    });
    writeFileSync(process_.outPath, '');
    writeFileSync(process_.errPath, '');
    sent = [];
    canSend = true;
    logs = new WorkerLogs({
      nodeId: 'n1',
      ip: '10.0.0.1',
      limits: { maxBytes: 1_000, numBackups: 2 },
      canSend: () => canSend,
      send: (lines) => sent.push(lines),
    });
  });
  afterEach(() => {
    logs.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const follow = (source = 'Counter'): void =>
    logs.follow(process_, { jobId: 'j1', source: () => source, actorName: 'c' });
  const lines = (): string[] => sent.flatMap((message) => message.lines ?? []);
  const untilSent = (count: number) =>
    eventually(`${count} lines are sent`, () => (lines().length >= count ? true : undefined));

  it('are sent as they are printed, from the first line on, with whose they are', async () => {
    appendFileSync(process_.outPath, 'before\n');
    follow();
    appendFileSync(process_.errPath, 'an error\nnot yet whole');
    await untilSent(2);
    const whose = { jobId: 'j1', nodeId: 'n1', ip: '10.0.0.1', pid: 7, source: 'Counter', actorName: 'c' };
    expect(sent).toEqual([
      { ...whose, isError: false, lines: ['before'] },
      { ...whose, isError: true, lines: ['an error'] },
    ]);
  });

  it('are sent to the last, unended line when the process is gone, at once', () => {
    follow();
    appendFileSync(process_.outPath, 'one\n');
    appendFileSync(process_.errPath, 'last words');
    logs.finish(process_);
    expect(lines()).toEqual(['one', 'last words']);
  });

  it('wait in their files while the head is away, also those of a process that ends meanwhile', async () => {
    canSend = false;
    follow();
    appendFileSync(process_.outPath, 'while it was away\n');
    logs.finish(process_);
    expect(sent).toEqual([]);
    canSend = true;
    await untilSent(1);
    expect(lines()).toEqual(['while it was away']);
  });

  it('leave no empty file behind', () => {
    follow();
    appendFileSync(process_.outPath, 'x\n');
    logs.finish(process_);
    expect(readdirSync(directory)).toEqual(['w.out']);
  });

  it('skip what is far behind, and say so', () => {
    follow();
    appendFileSync(process_.outPath, 'x'.repeat(99).concat('\n').repeat(50_000));
    logs.finish(process_);
    expect(lines()[0]).toMatch(/^… \d+ bytes of output are not shown.*w\.out\.$/);
    expect(lines().length).toBeGreaterThan(1_000);
    expect(lines().length).toBeLessThan(10_000);
  });

  it('are moved to backups when they grow too large, and the writer goes on', async () => {
    follow();
    for (const name of ['a', 'b', 'c']) {
      appendFileSync(process_.outPath, `${name.repeat(1_001)}\n`);
      await eventually('the file is moved', () => (readFileSync(process_.outPath).length === 0 ? true : undefined));
    }
    appendFileSync(process_.outPath, 'after\n');
    await untilSent(4);
    expect(lines().map((line) => line[0])).toEqual(['a', 'b', 'c', 'a']);
    expect(readFileSync(`${process_.outPath}.1`, 'utf8')[0]).toBe('c');
    expect(readFileSync(`${process_.outPath}.2`, 'utf8')[0]).toBe('b');
    expect(existsSync(`${process_.outPath}.3`)).toBe(false);
  });
});

describe('a log file', () => {
  it('that was removed has nothing to read', () => {
    expect(new LogFile('/nowhere/at.all').readToEnd()).toEqual([]);
  });
});
