import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createRayError, InternalError } from '../core/index.js';
import type { StartAnswer, StartMessage } from './daemon-protocol.js';
import { readLastLines } from './log-tail.js';

export interface SpawnDaemonOptions<Config> {
  /** For messages: "the head". */
  readonly name: string;
  /** The daemon's main module, compiled. */
  readonly modulePath: string;
  readonly config: Config;
  /** Its standard output and error go here. */
  readonly logPath: string;
  readonly tiedToParent: boolean;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

export interface SpawnedDaemon<Ready> {
  readonly pid: number;
  readonly ready: Ready;
  readonly process: ChildProcess;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Starts a daemon and waits until it is ready. One that is not tied to its parent is let go then: its own process group,
 * no open channel, so that it outlives the terminal.
 *
 * @throws the error that kept it from starting; {@link InternalError} with its last log lines when it ended without one.
 */
export async function spawnDaemon<Config, Ready>(options: SpawnDaemonOptions<Config>): Promise<SpawnedDaemon<Ready>> {
  const log = openSync(options.logPath, 'a', 0o600);
  const child = fork(options.modulePath, [], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    execArgv: [],
  });
  closeSync(log);
  const start: StartMessage<Config> = {
    kind: 'start',
    config: options.config,
    tiedToParent: options.tiedToParent,
  };
  child.send(start);
  const ready = await firstAnswer<Config, Ready>(child, options);
  if (!options.tiedToParent) child.disconnect();
  child.unref();
  child.channel?.unref();
  return { pid: child.pid!, ready, process: child };
}

function firstAnswer<Config, Ready>(child: ChildProcess, options: SpawnDaemonOptions<Config>): Promise<Ready> {
  const { name, logPath, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      child.kill('SIGKILL');
      const lines = readLastLines(logPath, 20).join('\n  ');
      reject(new InternalError(`${name} ${what}. Its log, ${logPath}, ends with:\n  ${lines || '(nothing)'}`));
    };
    const timer = setTimeout(() => fail(`did not start within ${timeoutMs / 1_000} s`), timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new InternalError(`${name} could not be started: ${error.message}.`, { cause: error }));
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended while it started (${signal ?? `exit code ${code}`})`);
    });
    child.once('message', (answer: StartAnswer<Ready>) => {
      clearTimeout(timer);
      child.removeAllListeners('exit');
      if (answer.kind === 'ready') resolve(answer.ready);
      else reject(createRayError(answer.code, answer.message, { details: answer.details }));
    });
  });
}
