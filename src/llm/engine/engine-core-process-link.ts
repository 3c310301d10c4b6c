import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { builtModule, EngineDeadError, InvalidArgumentError, type RayError } from '../../core/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import type { EngineCoreLink, LinkListener } from './engine-core-link.js';
import type { ClientMessage, EngineCoreMessage } from './engine-core-messages.js';
import type { EngineCoreProcessMessage } from './engine-core-process-messages.js';
import { processExitError } from './process-exit-error.js';
import { StderrTail } from './stderr-tail.js';

const ENTRY = builtModule('src/llm/engine/engine-core-process.js');

/** Lines that a process wrote last may come after its exit; those of a child that outlives it are not waited for. */
const LAST_LINES_MS = 200;

/** An engine core with its ranks in a process of its own, which lives as long as its IPC channel to this one. */
class EngineCoreProcessLink implements EngineCoreLink {
  readonly #rank: number;
  readonly #child: ChildProcess;
  readonly #stderr: StderrTail;

  constructor(config: EngineConfig, rank: number, variables: Readonly<Record<string, string>>) {
    this.#rank = rank;
    this.#child = fork(ENTRY, [], {
      execArgv: [],
      env: { ...process.env, ...variables },
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.#stderr = new StderrTail(this.#child.stderr!, (line) => {
      process.stderr.write(`(engine core ${rank}) ${line}\n`);
    });
    this.#start(config);
  }

  listen({ onMessage, onEnd }: LinkListener): void {
    this.#child.on('message', (message: EngineCoreMessage) => onMessage(message));
    const end = once(onEnd);
    this.#child.once('error', (cause) => {
      if (this.#child.pid !== undefined) return; // its exit tells
      end(new EngineDeadError(`The process of engine core ${this.#rank} could not be started.`, { cause }));
    });
    this.#child.once('exit', (exitCode, signal) => {
      const lastLines = setTimeout(() => this.#child.stderr!.destroy(), LAST_LINES_MS);
      this.#child.once('close', () => {
        clearTimeout(lastLines);
        end(exitCode === 0 ? undefined : this.#exitError(exitCode, signal));
      });
    });
  }

  post(message: ClientMessage): void {
    this.#send(message);
  }

  ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
    (this.#child.stderr as Socket).ref();
  }

  unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
    (this.#child.stderr as Socket).unref();
  }

  terminate(): void {
    this.#child.kill('SIGKILL');
  }

  #start(config: EngineConfig): void {
    try {
      this.#send({ type: 'start', config });
    } catch (cause) {
      this.terminate();
      throw new InvalidArgumentError(
        'The engine arguments hold something that can not be sent to another process, which dataParallelSize needs: name classes by path, and leave placementGroup out.',
        { cause },
      );
    }
  }

  #send(message: EngineCoreProcessMessage): void {
    // The error of a process that is gone goes to the callback; its exit is what is acted on.
    this.#child.send(message, () => undefined);
  }

  #exitError(exitCode: number | null, signal: string | null): RayError {
    const identity = { dataParallelRank: this.#rank, hostname: hostname(), pid: this.#child.pid! };
    return processExitError(identity, { exitCode, signal, stderrTail: this.#stderr.lines });
  }
}

function once<Value>(callback: (value: Value) => void): (value: Value) => void {
  let isCalled = false;
  return (value) => {
    if (!isCalled) callback(value);
    isCalled = true;
  };
}

/**
 * Starts a process on this machine that launches the executor of a configuration and the engine core over it.
 * @param rank the data-parallel one, for messages. @param variables of its environment, besides those of this process.
 * @throws {InvalidArgumentError} when the configuration holds what can't be sent to another process.
 */
export function startEngineCoreProcess(
  config: EngineConfig,
  rank: number,
  variables: Readonly<Record<string, string>> = {},
): EngineCoreLink {
  return new EngineCoreProcessLink(config, rank, variables);
}
