import { readFileSync } from 'node:fs';

/** A process for certain: a pid alone may name another process later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which it started; 0 where the system does not tell. */
  readonly startTicks: number;
}

const STAT_FIELDS_AFTER_NAME_TO_START = 19;

export function processIdentity(pid: number): ProcessIdentity {
  return { pid, startTicks: readStartTicks(pid) ?? 0 };
}

/** True while that very process runs (a zombie doesn't count). */
export function isRunning(identity: ProcessIdentity): boolean {
  if (process.platform !== 'linux') return canSignal(identity.pid);
  const startTicks = readStartTicks(identity.pid);
  return startTicks !== undefined && startTicks === identity.startTicks;
}

/** Sends a signal unless the process is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** From /proc/PID/stat; the process name in it may hold spaces and parentheses. */
function readStartTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : Number(fields[STAT_FIELDS_AFTER_NAME_TO_START]);
  } catch {
    return undefined; // no such process
  }
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH, or somebody else's process: not one of ours
  }
}
