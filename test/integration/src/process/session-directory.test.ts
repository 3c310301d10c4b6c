import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSessionDirectory,
  currentCluster,
  forgetCluster,
  publishCluster,
  recordDaemon,
  runningDaemons,
  sessionsOfCluster,
} from '../../../../src/process/session-directory.js';

const cluster = (clusterId: string) => ({ clusterId, address: 'h:6380', token: 'secret' });

describe('session directories', () => {
  const before = process.env['RAY_TS_TMPDIR'];
  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'ray-ts-sessions-'));
    process.env['RAY_TS_TMPDIR'] = base;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['RAY_TS_TMPDIR'];
    else process.env['RAY_TS_TMPDIR'] = before;
    rmSync(base, { recursive: true, force: true });
  });

  it('keep the token where only their user can read it', () => {
    const session = createSessionDirectory('c1');
    publishCluster(session, cluster('c1'), true);
    expect(statSync(session.path).mode & 0o077).toBe(0);
    expect(statSync(join(session.path, 'cluster.json')).mode & 0o077).toBe(0);
  });

  it('know the cluster that was started last, until it is forgotten', () => {
    const [first, second] = [createSessionDirectory('c1'), createSessionDirectory('c2')];
    expect(currentCluster()).toBeUndefined();
    publishCluster(first, cluster('c1'), true);
    publishCluster(second, cluster('c2'), false);
    expect(currentCluster()).toEqual(cluster('c1'));
    forgetCluster(second, true);
    expect(currentCluster()).toEqual(cluster('c1'));
    forgetCluster(first, true);
    expect(currentCluster()).toBeUndefined();
    expect(readdirSync(base)).toEqual([]);
  });

  it('keep the logs of a cluster that is forgotten, unless they are to go', () => {
    const session = createSessionDirectory('c1');
    writeFileSync(join(session.logs, 'head.log'), 'x');
    forgetCluster(session, false);
    expect(existsSync(join(session.logs, 'head.log'))).toBe(true);
    expect(existsSync(join(session.path, 'processes'))).toBe(false);
    forgetCluster(session, true);
    expect(existsSync(session.path)).toBe(false);
  });

  it('find every session of a cluster on the machine, and no other', () => {
    const sessions = ['c1', 'node-1', 'c2'].map(createSessionDirectory);
    publishCluster(sessions[0]!, cluster('c1'), true);
    publishCluster(sessions[1]!, cluster('c1'), false);
    publishCluster(sessions[2]!, cluster('c2'), false);
    expect(
      sessionsOfCluster('c1')
        .map(({ path }) => path)
        .sort(),
    ).toEqual([sessions[0]!.path, sessions[1]!.path].sort());
    expect(sessionsOfCluster('c3')).toEqual([]);
  });

  it('list the daemons that run, and not those that are gone or whose process id is another process now', () => {
    const session = createSessionDirectory('c1');
    recordDaemon(session, 'head', process.pid);
    recordDaemon(session, 'agent', 2 ** 22 + 1);
    const reused = { role: 'agent', pid: process.pid, startTicks: 1 };
    writeFileSync(join(session.path, 'processes', 'agent-reused.json'), JSON.stringify(reused));
    writeFileSync(join(session.path, 'processes', 'head-9.json'), '{"role": "he');
    expect(runningDaemons(session).map(({ role, pid }) => ({ role, pid }))).toEqual([
      { role: 'head', pid: process.pid },
    ]);
  });
});
