import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLastLines } from '../../src/process/index.js';
import type { ActorProcessMessage, StartActorMessage } from '../actor/process-messages.js';

const ENTRY = fileURLToPath(new URL('../actor/main.js', import.meta.url));
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

/** One actor process: forked ahead of need, given one actor, ended with its whole process group. */
export class ActorProcess {
  readonly #child: ChildProcess;
  readonly #stderrPath: string;

  /** @param name of its log files in `logs`: NAME.out and NAME.err. */
  constructor(logs: string, name: string) {
    this.#stderrPath = join(logs, `${name}.err`);
    const out = openSync(join(logs, `${name}.out`), 'a', 0o600);
    const err = openSync(this.#stderrPath, 'a', 0o600);
    // Its own process group: what the actor starts is ended with it.
    this.#child = fork(ENTRY, [], {
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', out, err, 'ipc'],
      execArgv: [],
    });
    closeSync(out);
    closeSync(err);
    // What could not be sent to a process is lost with it; its exit is what is acted on.
    this.#child.on('error', () => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  start(message: StartActorMessage): void {
    this.#child.send(message);
  }

  onMessage(listener: (message: ActorProcessMessage) => void): void {
    this.#child.on('message', listener);
  }

  onExit(listener: (exit: ProcessExit) => void): void {
    this.#child.once('exit', (code, signal) => {
      this.#killGroup();
      const stderrTail = readLastLines(this.#stderrPath, TAIL_LINES);
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
    this.#killGroup();
  }

  #killGroup(): void {
    if (!this.#child.pid) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // ESRCH: nobody of the group is left, which is the aim.
    }
  }
}
