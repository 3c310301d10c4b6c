import { Worker } from 'node:worker_threads';
import { builtModule, EngineDeadError, type RayError } from '../../core/index.js';
import { raiseAbortFlag } from '../executor/abort-flag.js';
import type { EngineCoreLink, LinkListener } from './engine-core-link.js';
import type {
  ClientMessage,
  EngineCoreConfig,
  EngineCoreMessage,
  EngineCoreThreadData,
} from './engine-core-messages.js';

const ENTRY = builtModule('src/llm/engine/engine-core-thread.js');

/** An engine core in a thread of this process. */
class EngineCoreThreadLink implements EngineCoreLink {
  readonly #config: EngineCoreConfig;
  readonly #worker: Worker;
  readonly #bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  constructor(config: EngineCoreConfig) {
    this.#config = config;
    const workerData: EngineCoreThreadData = { config, bell: this.#bell };
    this.#worker = new Worker(ENTRY, { workerData, name: 'engine-core' });
  }

  listen({ onMessage, onEnd }: LinkListener): void {
    let crash: RayError | undefined;
    this.#worker.on('message', (message: EngineCoreMessage) => onMessage(message));
    this.#worker.on('error', (cause) => {
      crash = new EngineDeadError('The engine core thread crashed.', { cause });
    });
    this.#worker.on('exit', () => onEnd(crash));
  }

  post(message: ClientMessage): void {
    const { executor } = this.#config;
    if (message.type === 'shutdown' && executor.kind === 'ring') raiseAbortFlag(executor.abortFlag);
    this.#worker.postMessage(message);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  terminate(): void {
    void this.#worker.terminate();
  }
}

/** Starts an engine core over ranks that are placed; it loads the model if its thread is where they are. */
export function startEngineCoreThread(config: EngineCoreConfig): EngineCoreLink {
  return new EngineCoreThreadLink(config);
}
