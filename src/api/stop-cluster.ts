import { setTimeout as sleep } from 'node:timers/promises';
import { removeDeadSegments } from '../channel/index.js';
import {
  type DaemonRecord,
  forgetCluster,
  runningDaemons,
  type SessionDirectory,
  sessionsOfCluster,
  signalDaemons,
} from '../process/index.js';

const POLL_MS = 50;
/** From SIGKILL to the end of a process that is not stuck in the kernel. */
const KILL_MS = 2_000;

export interface StopOptions {
  /** How long the daemons may take before they are killed; 0 kills at once. */
  readonly graceMs: number;
  readonly removeLogs: boolean;
}

/**
 * Ends a cluster's daemons on this machine and removes what they, or others that were killed, left in shared memory. They are known by the cluster's own
 * records: another cluster on the machine stays as it is.
 * @returns how many daemons ran.
 */
export async function stopCluster(clusterId: string, options: StopOptions): Promise<number> {
  const numStopped = await stopSessions(sessionsOfCluster(clusterId), options);
  await removeDeadSegments();
  return numStopped;
}

/** Ends the daemons of some sessions, agents before heads, and forgets the sessions. @returns how many daemons ran. */
export async function stopSessions(
  sessions: readonly SessionDirectory[],
  { graceMs, removeLogs }: StopOptions,
): Promise<number> {
  const numRunning = countRunning(sessions);
  for (const role of ['agent', 'head'] as const) {
    const running = (): DaemonRecord[] => sessions.flatMap(runningDaemons).filter((daemon) => daemon.role === role);
    if (graceMs > 0) {
      signalDaemons(running(), 'SIGTERM');
      await waitUntil(() => running().length === 0, graceMs);
    }
    signalDaemons(running(), 'SIGKILL');
    await waitUntil(() => running().length === 0, KILL_MS);
  }
  for (const session of sessions) forgetCluster(session, removeLogs);
  return numRunning;
}

const countRunning = (sessions: readonly SessionDirectory[]): number => sessions.flatMap(runningDaemons).length;

async function waitUntil(condition: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition() && performance.now() < deadline) await sleep(POLL_MS);
}
