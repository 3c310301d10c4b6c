import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { baseDirectory, runningDaemons, type SessionDirectory } from './session-directory.js';

/** Ended sessions whose logs are kept, to look into. */
const NUM_KEPT = 10;

/** A session's folder, and what speaks for keeping it. */
export interface SessionFacts {
  readonly path: string;
  readonly changedAtMs: number;
  readonly isRunning: boolean;
  /** Its head was not stopped: the next one may go on with what it left. */
  readonly isRecoverable: boolean;
}

/** The sessions to remove: those that are over for good, but for the newest. */
export function choosePruned(sessions: readonly SessionFacts[], numKept: number = NUM_KEPT): string[] {
  return sessions
    .filter(({ isRunning, isRecoverable }) => !isRunning && !isRecoverable)
    .sort((left, right) => right.changedAtMs - left.changedAtMs)
    .slice(numKept)
    .map(({ path }) => path);
}

/** Removes the folders of sessions that ended long ago. @returns how many. */
export function pruneSessions(): number {
  const pruned = choosePruned(listSessions());
  for (const path of pruned) rmSync(path, { recursive: true, force: true });
  return pruned.length;
}

function listSessions(): SessionFacts[] {
  const base = baseDirectory();
  if (!existsSync(base)) return [];
  const names = readdirSync(base).filter((name) => name.startsWith('session-'));
  return names.flatMap((name) => describeSession(join(base, name)) ?? []);
}

function describeSession(path: string): SessionFacts | undefined {
  const changedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (changedAtMs === undefined) return undefined; // another process removes it at the same time
  const session: SessionDirectory = { path, logs: join(path, 'logs') };
  // A session of a joined node has nothing to go on with: its state is the head's.
  const isRecoverable = existsSync(join(path, 'cluster.json')) && !basename(path).startsWith('session-node-');
  return { path, changedAtMs, isRunning: runningDaemons(session).length > 0, isRecoverable };
}
