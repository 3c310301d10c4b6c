import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { builtModule, Deferred } from '../core/index.js';
import type { GuardOrder, GuardReport } from './guard-messages.js';
import type { EntrypointExit } from './submitted-job.js';

const GUARD = builtModule('src/jobs/entrypoint-guard.js');
/** From the request to end to the order. @source Ray's RAY_JOB_STOP_WAIT_TIME_S */
const STOP_WAIT_MS = 3_000;

export interface EntrypointOptions {
  readonly entrypoint: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Its standard output and error go here; what a job of the same id has left is overwritten. */
  readonly logPath: string;
}

/** An entrypoint that runs, or why it does not. */
export type EntrypointStart =
  | { readonly kind: 'started'; readonly entrypoint: EntrypointProcess }
  | { readonly kind: 'failed'; readonly reason: string };

/** A job's entrypoint that runs, with all that it starts: one process group, behind a guard. */
export class EntrypointProcess {
  readonly #guard: ChildProcess;
  readonly #started = new Deferred<EntrypointStart>();
  readonly #ended = new Deferred<EntrypointExit>();

  private constructor(guard: ChildProcess, entrypoint: readonly string[]) {
    this.#guard = guard;
    guard.on('message', (report: GuardReport) => {
      if (report.kind === 'started') this.#started.resolve({ kind: 'started', entrypoint: this });
      else if (report.kind === 'ended') this.#end(report.exit);
      else this.#fail(explainStart(entrypoint, report.reason));
    });
    guard.on('error', ({ message }) => this.#fail(explainStart(entrypoint, message)));
    guard.once('exit', (exitCode, signal) => this.#end({ exitCode, signal: signal ?? '' }));
    // The callback takes the error of a guard that is gone: its exit is what is acted on.
    guard.send({ entrypoint } satisfies GuardOrder, () => undefined);
  }

  /** Starts an entrypoint in this process's directory. */
  static start({ entrypoint, environment, logPath }: EntrypointOptions): Promise<EntrypointStart> {
    rmSync(logPath, { force: true });
    const log = openSync(logPath, 'a', 0o600);
    const stdio = ['ignore' as const, log, log, 'ipc' as const];
    const guard = fork(GUARD, [], { detached: true, execArgv: [], stdio, env: environment });
    closeSync(log);
    return new EntrypointProcess(guard, entrypoint).#started.promise;
  }

  /** Settles when the entrypoint has ended, and nothing of what it started is left. */
  get ended(): Promise<EntrypointExit> {
    return this.#ended.promise;
  }

  /** Asks it to end, and makes it when it has not within 3 s. */
  stop(): void {
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), STOP_WAIT_MS);
    void this.#ended.promise.then(() => clearTimeout(timer));
  }

  #end(exit: EntrypointExit): void {
    this.#signal('SIGKILL');
    this.#started.resolve({ kind: 'failed', reason: 'The process that was to start the entrypoint was killed.' });
    this.#ended.resolve(exit);
  }

  #fail(reason: string): void {
    this.#signal('SIGKILL');
    this.#started.resolve({ kind: 'failed', reason });
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#guard.pid === undefined) return;
    try {
      process.kill(-this.#guard.pid, signal);
    } catch {
      // ESRCH: nobody of the group is left.
    }
  }
}

function explainStart(entrypoint: readonly string[], reason: string): string {
  const [file = ''] = entrypoint;
  const hint = /\s/.test(file)
    ? ` No shell reads the entrypoint: give the program and its arguments apart, or -- sh -c ${JSON.stringify(file)}.`
    : '';
  return `The entrypoint ${JSON.stringify(entrypoint.join(' '))} could not be started: ${reason}.${hint}`;
}
