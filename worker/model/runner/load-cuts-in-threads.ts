import { Worker } from 'node:worker_threads';
import { builtModule, InternalError } from '../../../src/core/index.js';
import type { CompilationLevel } from '../../../src/llm/config/compilation-config.js';
import { fromErrorRecord } from '../../../src/llm/engine/error-record.js';
import type { StageShard } from '../graphs/index.js';
import { type OrtEnvironment, Session, type ThreadPoolOptions } from '../ort/index.js';
import type { HandedCut, LoadThreadData, LoadThreadMessage } from './load-turns.js';
import type { LoadedCut } from './pass-binding.js';

export interface LoadInThreadsOptions {
  readonly environment: OrtEnvironment;
  readonly threadPool: ThreadPoolOptions;
  readonly compilation?: CompilationLevel | undefined;
  readonly afterLayer: () => Promise<void>;
}

/** Beyond any cut's number. */
const NONE_LEFT = 2 ** 30;

/** Cuts that several threads load; what they have loaded before one of them failed is let go. */
class CutLoading {
  readonly #options: LoadInThreadsOptions;
  readonly #data: LoadThreadData;
  readonly #cuts: HandedCut[] = [];
  #failure: Error | undefined;

  constructor(shard: StageShard, options: LoadInThreadsOptions) {
    const nextCut = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.#options = options;
    const { compilation, threadPool } = options;
    const { numThreads, allowSpinning } = threadPool;
    this.#data = { shard, threadPool: { numThreads, allowSpinning }, compilation, nextCut };
  }

  async run(): Promise<LoadedCut[]> {
    await Promise.all(Array.from({ length: this.#options.threadPool.numThreads }, () => this.#runThread()));
    const cuts = this.#cuts
      .toSorted((left, right) => left.index - right.index)
      .map(({ name, runsIn, inputs, outputs, session }) => ({
        ...{ name, runsIn, inputs, outputs },
        session: new Session(this.#options.environment, session),
      }));
    if (this.#failure === undefined) return cuts;
    for (const { session } of cuts) session.close();
    throw this.#failure;
  }

  async #runThread(): Promise<void> {
    const thread = this.#startThread();
    if (thread === undefined) return;
    thread.on('message', (message: LoadThreadMessage) => this.#receive(message));
    thread.on('error', (cause) => this.#fail(new InternalError('A thread that loads weights crashed.', { cause })));
    await new Promise((resolve) => thread.once('exit', resolve));
  }

  #startThread(): Worker | undefined {
    try {
      return new Worker(builtModule('worker/model/load-thread.js'), { workerData: this.#data, name: 'load' });
    } catch (cause) {
      this.#fail(new InternalError('A thread that loads weights could not be started.', { cause }));
      return undefined;
    }
  }

  #receive(message: LoadThreadMessage): void {
    switch (message.kind) {
      case 'layer':
        void this.#options.afterLayer();
        break;
      case 'cut':
        this.#cuts.push(message.cut);
        break;
      case 'failed':
        this.#fail(fromErrorRecord(message.error));
    }
  }

  /** The first failure is told; threads end when they have loaded what they are at. */
  #fail(error: Error): void {
    this.#failure ??= error;
    Atomics.store(this.#data.nextCut, 0, NONE_LEFT);
  }
}

/**
 * Loads a shard's graphs from its model's folder, on the CPU, in threads of their own: each takes a cut, and when it is
 * loaded the next one that is left.
 * @throws {ModelLoadError} as when they are loaded one after the other.
 */
export function loadCutsInThreads(shard: StageShard, options: LoadInThreadsOptions): Promise<LoadedCut[]> {
  return new CutLoading(shard, options).run();
}
