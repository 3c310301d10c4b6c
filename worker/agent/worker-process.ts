import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtModule, createWorkerId, type WorkerId } from '../../src/core/index.js';
import { readLastLines } from '../../src/process/index.js';
import type { ActorProcessMessage, AgentMessage } from '../actor/process-messages.js';
import type { ProcessEnvironment } from './process-environment.js';

const ENTRY = builtModule('worker/actor/main.js');
const TAIL_LINES = 20;

/** How a process ended. */
export interface ProcessExit {
  /** -1 when a signal ended it. */
  readonly exitCode: number;
  /** Empty when it ended by itself. */
  readonly signal: string;
  /** The last lines of its standard error, oldest first. */
  readonly stderrTail: readonly string[];
}

/** A process for user code: forked ahead of need, told later what it is for, ended with its whole process group. */
export class WorkerProcess {
  readonly workerId: WorkerId = createWorkerId();
  readonly outPath: string;
  readonly errPath: string;
  readonly #child: ChildProcess;

  /** @param logs the folder of its log files, worker-ID-PID.out and worker-ID-PID.err. */
  constructor(logs: string, environment: ProcessEnvironment) {
    const unnamed = join(logs, `worker-${this.workerId}`);
    const out = openSync(`${unnamed}.out`, 'a', 0o600);
    const err = openSync(`${unnamed}.err`, 'a', 0o600);
    // Its own process group: what it starts is ended with it.
    this.#child = fork(ENTRY, [], {
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', out, err, 'ipc'],
      execArgv: [],
      env: { ...process.env, ...environment.envVars },
      ...(environment.workingDirectory ? { cwd: environment.workingDirectory } : {}),
    });
    closeSync(out);
    closeSync(err);
    // People know a process by its pid, also when it is gone.
    this.outPath = `${unnamed}-${this.pid}.out`;
    this.errPath = `${unnamed}-${this.pid}.err`;
    renameSync(`${unnamed}.out`, this.outPath);
    renameSync(`${unnamed}.err`, this.errPath);
    // What could not be sent to a process is lost with it; its exit is what is acted on.
    this.#child.on('error', () => undefined);
    if (this.#child.pid !== undefined) offerToOomKiller(this.#child.pid);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  send(message: AgentMessage): void {
    // The callback takes the error of a process that is gone; without it the error is thrown.
    this.#child.send(message, () => undefined);
  }

  onMessage(listener: (message: ActorProcessMessage) => void): void {
    this.#child.on('message', listener);
  }

  onExit(listener: (exit: ProcessExit) => void): void {
    this.#child.once('exit', (code, signal) => {
      this.#signalGroup('SIGKILL');
      const stderrTail = readLastLines(this.errPath, TAIL_LINES);
      listener({ exitCode: code ?? -1, signal: signal ?? '', stderrTail });
    });
    if (this.#child.pid !== undefined) return;
    // One that could not be forked has an error for its exit.
    this.#child.once('error', ({ message }) => {
      listener({ exitCode: -1, signal: '', stderrTail: [`The process could not be started: ${message}`] });
    });
  }

  /** Ends the process and all that it started, at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
    this.#signalGroup('SIGKILL');
  }

  /** Asks the process and all that it started to end. */
  terminate(): void {
    this.#signalGroup('SIGTERM');
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (!this.#child.pid) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // ESRCH: nobody of the group is left.
    }
  }
}

/**
 * When the host runs out of memory, the kernel is to end a worker, not the agent or the head beside it.
 * @source Ray: worker processes run with oom_score_adj 1000
 */
function offerToOomKiller(pid: number): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // A host that forbids it chooses for itself.
  }
}
