import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { baseDirectory, isCurrentSession, isSessionInUse } from './session-directory.js';

/** Ended sessions whose logs are kept, to look into. */
const NUM_KEPT = 5;

/** A session's folder, and what speaks for keeping it. */
export interface SessionFacts {
  readonly path: string;
  readonly changedAtMs: number;
  /** A daemon of it runs, or the process that begins it. */
  readonly isInUse: boolean;
  /** It was started last here and never stopped: the next head may go on with what it left. */
  readonly isCurrent: boolean;
}

export interface Pruning {
  /** Sessions of which nothing is kept. */
  readonly removed: readonly string[];
  /** Sessions of which the logs are kept. */
  readonly stripped: readonly string[];
}

/** What to do with the sessions that are over for good: the newest keep their logs. */
export function choosePruned(sessions: readonly SessionFacts[], numKept: number = NUM_KEPT): Pruning {
  const ended = sessions
    .filter(({ isInUse, isCurrent }) => !isInUse && !isCurrent)
    .sort((left, right) => right.changedAtMs - left.changedAtMs)
    .map(({ path }) => path);
  return { removed: ended.slice(numKept), stripped: ended.slice(0, numKept) };
}

/**
 * Removes what sessions that are over left on disk: their stores, spilled objects and packages, and the logs of all but the
 * newest.
 * @returns how many were removed altogether.
 */
export function pruneSessions(): number {
  const { removed, stripped } = choosePruned(listSessions());
  for (const path of removed) rmSync(path, { recursive: true, force: true });
  for (const path of stripped) strip(path);
  return removed.length;
}

function strip(path: string): void {
  const left = listFolder(path).filter((name) => name !== 'logs');
  const before = left.length > 0 && statSync(path, { throwIfNoEntry: false });
  if (!before) return;
  for (const name of left) rmSync(join(path, name), { recursive: true, force: true });
  // It stays as old as it is.
  if (existsSync(path)) utimesSync(path, before.atime, before.mtime);
}

function listSessions(): SessionFacts[] {
  const base = baseDirectory();
  const names = listFolder(base).filter((name) => name.startsWith('session-'));
  return names.flatMap((name) => describeSession(join(base, name)) ?? []);
}

function describeSession(path: string): SessionFacts | undefined {
  const changedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (changedAtMs === undefined) return undefined; // another process removes it at the same time
  const session = { path, logs: join(path, 'logs') };
  return { path, changedAtMs, isInUse: isSessionInUse(session), isCurrent: isCurrentSession(session) };
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // not there, or removed by another process at the same time
  }
}
