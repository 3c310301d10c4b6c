import type { Logger } from '../../../src/core/index.js';
import { chooseVictim, type MemoryUser } from './choose-victim.js';
import type { MemoryUsage } from './memory-usage.js';
import type { ProcessMemory } from './process-memory.js';

const CHECK_MS = 250;
/** After a victim was ended its memory takes a moment to come back: nobody else is ended for the same want. */
const SETTLE_MS = 2_000;
const NUM_SHOWN = 10;

export interface MemoryMonitorOptions {
  /** Share of the memory in use above which a worker is ended. */
  readonly threshold: number;
  readonly readUsage: () => MemoryUsage | undefined;
  readonly listProcesses: () => readonly ProcessMemory[];
  /** Who may be ended, but for the bytes that each uses. */
  readonly listUsers: () => readonly Omit<MemoryUser, 'bytes'>[];
  readonly end: (victim: MemoryUser, message: string) => void;
  readonly hostname: string;
  readonly logger: Logger;
}

/**
 * Ends one worker at a time before the kernel ends whatever it likes: a node without memory takes the agent, the head and
 * the user's shell with it, and tells nobody why.
 */
export class MemoryMonitor {
  readonly #options: MemoryMonitorOptions;
  readonly #timer: NodeJS.Timeout;
  #settledAtMs = 0;

  constructor(options: MemoryMonitorOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.check(Date.now()), CHECK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** One look, which the monitor takes four times a second by itself. */
  check(nowMs: number): void {
    const { threshold, readUsage, listUsers, end, logger } = this.#options;
    const usage = nowMs < this.#settledAtMs ? undefined : readUsage();
    if (!usage || usage.used <= threshold * usage.total) return;
    const processes = this.#options.listProcesses();
    const users = listUsers().map((user) => ({ ...user, bytes: groupBytes(processes, user.pid) }));
    const victim = chooseVictim(users);
    if (!victim) return;
    this.#settledAtMs = nowMs + SETTLE_MS;
    const message = this.#explain(victim, usage, processes);
    logger.warn({ pid: victim.pid, kind: victim.kind, id: victim.id, name: victim.name, ...usage }, message);
    end(victim, message);
  }

  #explain({ bytes }: MemoryUser, usage: MemoryUsage, processes: readonly ProcessMemory[]): string {
    const { hostname, threshold } = this.#options;
    const largest = [...processes].sort((left, right) => right.bytes - left.bytes).slice(0, NUM_SHOWN);
    const table = largest.map(
      ({ pid, bytes: used, command }) => `  ${String(pid).padStart(8)}  ${formatGiB(used)}  ${command}`,
    );
    return (
      `It was ended because ${hostname} ran out of memory: ${formatGiB(usage.used)} of ${formatGiB(usage.total)} were in ` +
      `use, over the threshold of ${threshold * 100} %; it used ${formatGiB(bytes)}. Run less at once (ask for \`memory\` or ` +
      'more `numCpus`), or set RAY_TS_MEMORY_MONITOR=0 on the node to leave it to the kernel. The largest processes:\n' +
      table.join('\n')
    );
  }
}

/** A worker leads its process group: what it started counts with it. */
function groupBytes(processes: readonly ProcessMemory[], pid: number): number {
  return processes.filter(({ groupId }) => groupId === pid).reduce((sum, { bytes }) => sum + bytes, 0);
}

const formatGiB = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
