import { rmSync, statSync } from 'node:fs';
import type { Draft, LogLines } from '../../../src/rpc/index.js';
import type { HostedProcess } from '../hosted-process.js';
import type { LogOrigin } from '../node-context.js';
import { LogFile, type RotationLimits } from './log-file.js';

const POLL_MS = 100;
const MAX_LINES_PER_MESSAGE = 1_000;
/** Processes that ended while the head was away, whose last lines wait for it. */
const MAX_ENDED = 200;

interface FollowedProcess {
  readonly process: HostedProcess;
  readonly origin: LogOrigin;
  readonly out: LogFile;
  readonly err: LogFile;
}

export interface WorkerLogsOptions {
  readonly nodeId: string;
  readonly ip: string;
  readonly limits: RotationLimits;
  /** False while the head is away: lines wait in their files. */
  readonly canSend: () => boolean;
  readonly send: (lines: Draft<LogLines>) => void;
}

/**
 * Sends what the workers of this node print to the head, for the drivers of their jobs, and keeps their files small.
 * Which job and class a process prints for is known here: nothing is written between the lines of the program.
 */
export class WorkerLogs {
  readonly #options: WorkerLogsOptions;
  readonly #followed = new Map<string, FollowedProcess>();
  readonly #ended = new Map<string, FollowedProcess>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: WorkerLogsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#poll(), POLL_MS).unref();
  }

  /** From the process's first line on. */
  follow(process: HostedProcess, origin: LogOrigin): void {
    const { workerId, outPath, errPath } = process;
    this.#followed.set(workerId, { process, origin, out: new LogFile(outPath), err: new LogFile(errPath) });
  }

  /** The process is gone: sends the rest of its lines ahead of what is said of its end. */
  finish(process: HostedProcess): void {
    const followed = this.#followed.get(process.workerId);
    if (!followed) return;
    this.#followed.delete(process.workerId);
    this.#ended.set(process.workerId, followed);
    this.#sendEnded();
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_ENDED && oldest) this.#ended.delete(oldest);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#poll();
  }

  #poll(): void {
    this.#sendEnded();
    for (const followed of this.#followed.values()) {
      if (this.#options.canSend()) {
        this.#send(followed, followed.out.readLines(), false);
        this.#send(followed, followed.err.readLines(), true);
      }
      followed.out.rotate(this.#options.limits);
      followed.err.rotate(this.#options.limits);
    }
  }

  #sendEnded(): void {
    if (!this.#options.canSend()) return;
    for (const followed of this.#ended.values()) {
      this.#send(followed, followed.out.readToEnd(), false);
      this.#send(followed, followed.err.readToEnd(), true);
      removeIfEmpty(followed.out.path);
      removeIfEmpty(followed.err.path);
    }
    this.#ended.clear();
  }

  #send({ process, origin }: FollowedProcess, lines: readonly string[], isError: boolean): void {
    const { nodeId, ip, send } = this.#options;
    const { jobId, actorName } = origin;
    for (let start = 0; start < lines.length; start += MAX_LINES_PER_MESSAGE) {
      const batch = lines.slice(start, start + MAX_LINES_PER_MESSAGE);
      send({ jobId, nodeId, ip, pid: process.pid, source: origin.source(), actorName, isError, lines: batch });
    }
  }
}

/** Most workers print nothing on one of their two streams, and those that were never used on none. */
export function removeIfEmpty(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.size === 0) rmSync(path, { force: true });
}
