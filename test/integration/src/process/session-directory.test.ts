import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClusterAddress,
  createSessionDirectory,
  currentCluster,
  forgetCluster,
  publishCluster,
  recordDaemon,
  runningDaemons,
  sessionsOfCluster,
  signalDaemons,
} from '../../../../src/process/index.js';

const cluster = (clusterId: string): ClusterAddress => ({ clusterId, address: '10.0.0.1:6380', token: 'secret' });

const permissions = (path: string): number => statSync(path).mode & 0o777;

describe('session directories', () => {
  const baseBefore = process.env['RAY_TS_TMPDIR'];
  let base: string;
  let children: ChildProcess[] = [];

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'ray-ts-sessions-'));
    process.env['RAY_TS_TMPDIR'] = base;
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children = [];
    rmSync(base, { recursive: true });
    if (baseBefore === undefined) delete process.env['RAY_TS_TMPDIR'];
    else process.env['RAY_TS_TMPDIR'] = baseBefore;
  });

  it('lie in RAY_TS_TMPDIR, closed to other users', () => {
    const session = createSessionDirectory('one');
    expect(session).toEqual({ path: join(base, 'session-one'), logs: join(base, 'session-one', 'logs') });
    expect(permissions(session.path)).toBe(0o700);
    expect(permissions(session.logs)).toBe(0o700);
  });

  it('keep the token where only its owner reads it', () => {
    const session = createSessionDirectory('one');
    publishCluster(session, cluster('a'), true);
    expect(permissions(join(session.path, 'cluster.json'))).toBe(0o600);
  });

  describe('the current cluster', () => {
    it('is none before one was published', () => {
      expect(currentCluster()).toBeUndefined();
    });

    it('is the one that was published as current last', () => {
      publishCluster(createSessionDirectory('one'), cluster('a'), true);
      publishCluster(createSessionDirectory('two'), cluster('b'), true);
      publishCluster(createSessionDirectory('three'), cluster('c'), false);
      expect(currentCluster()).toEqual(cluster('b'));
    });

    it('is none after it was forgotten', () => {
      const session = createSessionDirectory('one');
      publishCluster(session, cluster('a'), true);
      forgetCluster(session, false);
      expect(currentCluster()).toBeUndefined();
    });

    it('stays when another cluster is forgotten', () => {
      const other = createSessionDirectory('other');
      publishCluster(other, cluster('a'), true);
      publishCluster(createSessionDirectory('one'), cluster('b'), true);
      forgetCluster(other, true);
      expect(currentCluster()).toEqual(cluster('b'));
    });
  });

  it('of a cluster are those of its head and of every agent on this machine', () => {
    const [head, agent, other] = ['head', 'agent', 'other'].map(createSessionDirectory);
    publishCluster(head!, cluster('a'), true);
    publishCluster(agent!, cluster('a'), false);
    publishCluster(other!, cluster('b'), false);
    expect(sessionsOfCluster('a').sort((left, right) => left.path.localeCompare(right.path))).toEqual([agent, head]);
  });

  it('keep their logs when the cluster is forgotten, unless told otherwise', () => {
    const session = createSessionDirectory('one');
    const log = join(session.logs, 'head.log');
    writeFileSync(log, 'last words\n');
    forgetCluster(session, false);
    expect(existsSync(log)).toBe(true);
    forgetCluster(session, true);
    expect(existsSync(session.path)).toBe(false);
  });

  it('list the daemons that still run, and signal them', async () => {
    const session = createSessionDirectory('one');
    children = [0, 1].map(() => spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)']));
    const [agent, head] = children;
    const exits = children.map((child) => once(child, 'exit'));
    recordDaemon(session, 'agent', agent!.pid!);
    recordDaemon(session, 'head', head!.pid!);
    const roles = (): string[] => runningDaemons(session).map(({ role }) => role);

    expect(roles().sort()).toEqual(['agent', 'head']);
    head!.kill('SIGKILL');
    await exits[1];
    expect(roles()).toEqual(['agent']);
    signalDaemons(runningDaemons(session), 'SIGTERM');
    expect(await exits[0]).toEqual([null, 'SIGTERM']);
    expect(roles()).toEqual([]);
  });
});
