import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from '../core/index.js';
import { isRunning, type ProcessIdentity, processIdentity, signalProcess } from './process-identity.js';
import type { TlsFiles } from './tls-files.js';

/**
 * Where this user's clusters on this machine keep their files, one session directory per start:
 *
 *   $RAY_TS_TMPDIR, or ray-ts-<uid> in the system's temporary directory   mode 0700
 *     current.json                       the cluster that `ray-ts start` started last
 *     session-<name>/starter.json          the process that began the session
 *     session-<name>/cluster.json        address, token, and where certificate and key are
 *     session-<name>/head.json           how the head was started, for the next one if it crashes
 *     session-<name>/processes/*.json    the daemons to stop
 *     session-<name>/logs/               their logs and those of the actors
 */

/** How to reach a cluster. */
export interface ClusterAddress {
  readonly clusterId: string;
  /** host:port of the head; several with commas between where it may be at each of them. */
  readonly address: string;
  readonly token: string;
  /** Undefined: its connections are not encrypted. */
  readonly tls?: TlsFiles | undefined;
}

export interface SessionDirectory {
  readonly path: string;
  readonly logs: string;
}

/** How a session's head was started: with it the next one goes on with its cluster. */
export interface HeadRecord {
  readonly host: string;
  readonly port: number;
  readonly clusterName: string;
  readonly store: { readonly kind: 'auto' | 'embedded' } | { readonly kind: 'redis'; readonly url: string };
  readonly leaseMs: number;
  readonly headLeaseMs: number;
}

/** A head that ended without being stopped, and what it left on this machine. */
export interface CrashedHead {
  readonly session: SessionDirectory;
  readonly cluster: ClusterAddress;
  readonly head: HeadRecord;
}

export type DaemonRole = 'head' | 'agent';

export interface DaemonRecord extends ProcessIdentity {
  readonly role: DaemonRole;
}

/** $RAY_TS_TMPDIR, or a folder of this user in the system's temporary directory. */
export function baseDirectory(): string {
  const chosen = process.env['RAY_TS_TMPDIR'];
  if (chosen) return chosen;
  const path = join(tmpdir(), `ray-ts-${userInfo().uid}`);
  requireOwn(path);
  return path;
}

/** The system's temporary directory is everybody's: whoever made the folder could read the tokens in it. */
function requireOwn(path: string): void {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || owner === userInfo().uid) return;
  throw new InvalidArgumentError(
    `The folder ${path} belongs to another user (uid ${owner}). Set RAY_TS_TMPDIR to a folder of your own.`,
  );
}

/** @param name tells sessions apart: a cluster may have several on one machine, one per `ray-ts start`. */
export function createSessionDirectory(name: string): SessionDirectory {
  const base = baseDirectory();
  const path = join(base, `session-${name}`);
  // It gets its name when it says who uses it: nobody takes it for one that was left.
  const unnamed = join(base, `.session-${name}`);
  mkdirSync(join(unnamed, 'logs'), { recursive: true, mode: 0o700 });
  mkdirSync(join(unnamed, 'processes'), { mode: 0o700 });
  writeJson(join(unnamed, 'starter.json'), processIdentity(process.pid));
  renameSync(unnamed, path);
  return { path, logs: join(path, 'logs') };
}

/** True while a daemon of the session runs, or the process that began it: a driver with a cluster of its own, or `ray-ts start`. */
export function isSessionInUse(session: SessionDirectory): boolean {
  const starter = readJson<ProcessIdentity>(join(session.path, 'starter.json'));
  return (starter !== undefined && isRunning(starter)) || runningDaemons(session).length > 0;
}

/** True for the session that `ray-ts start` started last on this machine, until it is stopped. */
export const isCurrentSession = (session: SessionDirectory): boolean =>
  readJson<{ session: string }>(currentPath())?.session === session.path;

/** Makes the cluster known to `ray-ts status`, `ray-ts stop` and drivers on this machine. */
export function publishCluster(session: SessionDirectory, cluster: ClusterAddress, makeCurrent: boolean): void {
  writeJson(join(session.path, 'cluster.json'), cluster);
  if (makeCurrent) writeJson(currentPath(), { session: session.path });
}

export function publishHead(session: SessionDirectory, head: HeadRecord): void {
  writeJson(join(session.path, 'head.json'), head);
}

/** The head of a session's cluster is elsewhere now: who looks for it on this machine finds it there. */
export function moveCluster(sessionPath: string, address: string): void {
  const path = join(sessionPath, 'cluster.json');
  const cluster = readJson<ClusterAddress>(path);
  if (cluster && cluster.address !== address) writeJson(path, { ...cluster, address });
}

/** The head that was started last on this machine, when it is neither running nor was stopped. */
export function crashedHead(): CrashedHead | undefined {
  const current = readJson<{ session: string }>(currentPath());
  if (!current) return undefined;
  const session = { path: current.session, logs: join(current.session, 'logs') };
  const cluster = readJson<ClusterAddress>(join(session.path, 'cluster.json'));
  const head = readJson<HeadRecord>(join(session.path, 'head.json'));
  if (!cluster || !head || runningDaemons(session).some(({ role }) => role === 'head')) return undefined;
  return { session, cluster, head };
}

/** The cluster that was started last on this machine and not stopped since. */
export function currentCluster(): ClusterAddress | undefined {
  const current = readJson<{ session: string }>(currentPath());
  return current && readJson<ClusterAddress>(join(current.session, 'cluster.json'));
}

/** This machine's sessions of a cluster: that of its head, and one for every agent that joined from here. */
export function sessionsOfCluster(clusterId: string): SessionDirectory[] {
  const paths = readNames(baseDirectory()).map((name) => join(baseDirectory(), name));
  return paths
    .filter((path) => readJson<ClusterAddress>(join(path, 'cluster.json'))?.clusterId === clusterId)
    .map((path) => ({ path, logs: join(path, 'logs') }));
}

/** Where this machine's agents of a cluster, or who started one here, last found its head. */
export function foundHeads(clusterId: string): string[] {
  return sessionsOfCluster(clusterId).flatMap(
    ({ path }) => readJson<ClusterAddress>(join(path, 'cluster.json'))?.address.split(',') ?? [],
  );
}

export function recordDaemon(session: SessionDirectory, role: DaemonRole, pid: number): void {
  const record: DaemonRecord = { role, ...processIdentity(pid) };
  writeJson(join(session.path, 'processes', `${role}-${pid}.json`), record);
}

/** The daemons that were started for the session and still run. */
export function runningDaemons(session: SessionDirectory): DaemonRecord[] {
  const folder = join(session.path, 'processes');
  const names = readNames(folder).filter((name) => name.endsWith('.json'));
  const records = names.map((name) => readJson<DaemonRecord>(join(folder, name)));
  return records.filter((record) => record !== undefined).filter(isRunning);
}

export function signalDaemons(daemons: readonly DaemonRecord[], signal: NodeJS.Signals): void {
  for (const daemon of daemons) signalProcess(daemon, signal);
}

/** Forgets a cluster whose processes have ended. Logs stay unless `removeLogs`. */
export function forgetCluster(session: SessionDirectory, removeLogs: boolean): void {
  if (isCurrentSession(session)) rmSync(currentPath(), { force: true });
  rmSync(join(session.path, 'cluster.json'), { force: true });
  rmSync(join(session.path, 'head.json'), { force: true });
  rmSync(join(session.path, 'processes'), { recursive: true, force: true });
  if (removeLogs) rmSync(session.path, { recursive: true, force: true });
}

const currentPath = (): string => join(baseDirectory(), 'current.json');

function writeJson(path: string, value: object): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
  renameSync(temporary, path);
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined; // not there, or being removed by the process that owns it
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the session is gone
  }
}
