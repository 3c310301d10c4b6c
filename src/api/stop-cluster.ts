import { removeSegments } from '../channel/index.js';
import { type DaemonRecord, forgetCluster, runningDaemons, type SessionDirectory, signalDaemons } from '../process/index.js';

const POLL_MS = 50;

export interface StopClusterOptions {
  readonly clusterId: string;
  readonly session: SessionDirectory;
  /** How long the daemons may take before they are killed; 0 kills at once. */
  readonly graceMs: number;
  readonly removeLogs: boolean;
}

/**
 * Ends the daemons that the session's records name, agents before the head, and removes what they left in shared memory.
 * Nothing is found by name: another cluster on the machine stays as it is.
 * @returns how many daemons ran.
 */
export async function stopCluster(options: StopClusterOptions): Promise<number> {
  const daemons = runningDaemons(options.session);
  for (const role of ['agent', 'head'] as const) {
    const ofRole = daemons.filter((daemon) => daemon.role === role);
    if (options.graceMs > 0) signalDaemons(ofRole, 'SIGTERM');
    if (!(await allEnded(options.session, ofRole, options.graceMs))) signalDaemons(ofRole, 'SIGKILL');
    await allEnded(options.session, ofRole, 1_000);
  }
  removeSegments(options.clusterId);
  forgetCluster(options.session, options.removeLogs);
  return daemons.length;
}

async function allEnded(session: SessionDirectory, daemons: readonly DaemonRecord[], withinMs: number): Promise<boolean> {
  const pids = new Set(daemons.map((daemon) => daemon.pid));
  const deadline = performance.now() + withinMs;
  const someRun = (): boolean => runningDaemons(session).some((daemon) => pids.has(daemon.pid));
  while (someRun()) {
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}
