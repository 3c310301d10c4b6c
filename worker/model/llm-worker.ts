import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  connectRemoteRing,
  createRing,
  createTensorParallelGroup,
  hostId,
  removeRing,
  removeTensorParallelGroup,
  type TensorParallelGroup,
} from '../../src/channel/index.js';
import {
  builtModule,
  Deferred,
  IllegalStateError,
  InternalError,
  invariant,
  workerContext,
} from '../../src/core/index.js';
import { fromErrorRecord } from '../../src/llm/engine/error-record.js';
import type { ComputeProgress } from '../../src/llm/executor/find-hang.js';
import type {
  LLMWorkerMethods,
  WorkerConfig,
  WorkerPlace,
  WorkerProgress,
} from '../../src/llm/executor/worker-config.js';
import { WorkerMethods } from '../../src/llm/executor/worker-methods.js';
import { locateWeights } from '../../src/llm/hub/locate-weights.js';
import { createProgressWords, readProgress } from './compute-progress.js';
import type { ComputeThreadData, ComputeThreadMessage } from './compute-thread.js';
import { tensorParallelLayout } from './runner/index.js';

/**
 * The GPU worker, an actor or a process of its own: one rank of a model. Its main thread answers the driver's calls and
 * carries rings to other hosts; the model itself lives in a compute thread, and steps reach it through rings, never through
 * calls.
 */
export class LLMWorker implements LLMWorkerMethods {
  readonly #abortFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #progressWords = createProgressWords();
  readonly #loaded = new Deferred<void>();
  readonly #ended = new Deferred<void>();
  #config: WorkerConfig | undefined;
  #methods: Promise<WorkerMethods> | undefined;
  #progress: WorkerProgress = { fraction: 0, what: 'starting' };
  #createdGroup: TensorParallelGroup | undefined;

  describe(): WorkerPlace {
    return { hostId: hostId(), numCores: availableParallelism() };
  }

  prepare(config: WorkerConfig): void {
    if (this.#config) throw new IllegalStateError(`Rank ${config.rank} is already prepared.`);
    this.#config = config;
    const { rings, exposed, group } = config.channels;
    for (const { path, capacityBytes } of rings) createRing(path, { capacityBytes });
    for (const { channelId, path } of exposed) workerContext()?.actor?.exposeChannel(channelId, path);
    if (group?.isCreator) {
      const { path, numLocalRanks } = group;
      this.#createdGroup = createTensorParallelGroup(path, tensorParallelLayout(config.stage), { numLocalRanks });
    }
  }

  async load(): Promise<void> {
    await this.#requireMethods();
    const config = await this.#withLocalWeights(this.#requireConfig());
    for (const bridge of config.channels.bridges) this.#openBridge(bridge);
    const workerData: ComputeThreadData = { config, abortFlag: this.#abortFlag, progressWords: this.#progressWords };
    const thread = new Worker(builtModule('worker/model/compute-thread.js'), { workerData, name: 'compute' });
    thread.on('message', (message: ComputeThreadMessage) => this.#receive(message));
    thread.on('error', (cause) => this.#fail(new InternalError(`Rank ${config.rank}'s thread crashed.`, { cause })));
    thread.on('exit', () => this.#fail(new InternalError(`Rank ${config.rank}'s thread ended without a word.`)));
    await this.#loaded.promise;
  }

  loadProgress(): WorkerProgress {
    return this.#progress;
  }

  computeProgress(): ComputeProgress {
    return readProgress(this.#progressWords);
  }

  sealChannels(): void {
    const { rings, group } = this.#requireConfig().channels;
    for (const { path } of rings) removeRing(path);
    if (group?.isCreator) removeTensorParallelGroup(group.path);
  }

  run(): Promise<void> {
    return this.#ended.promise;
  }

  async callMethod(method: string, args: readonly unknown[]): Promise<unknown> {
    const [answer] = await (await this.#requireMethods()).call(method, args);
    return answer;
  }

  /** The driver's path of the hub's model is one of its own host. */
  async #withLocalWeights(config: WorkerConfig): Promise<WorkerConfig> {
    const { stage, hubWeights, randomWeightsSeed } = config;
    if (hubWeights === undefined || randomWeightsSeed !== undefined) return config;
    const modelPath = await locateWeights(stage.model.modelPath, hubWeights, (fraction) => {
      this.#progress = { fraction: 0, what: `downloading weights, ${Math.floor(fraction * 100)}%` };
    });
    return { ...config, stage: { ...stage, model: { ...stage.model, modelPath } } };
  }

  #openBridge(bridge: WorkerConfig['channels']['bridges'][number]): void {
    const context = workerContext();
    invariant(context, 'a rank with a ring to another host runs in an actor');
    const { credentials } = context;
    connectRemoteRing({ ...bridge, credentials }).catch((error: unknown) => this.#fail(error));
  }

  #receive(message: ComputeThreadMessage): void {
    switch (message.kind) {
      case 'progress':
        this.#progress = { fraction: message.fraction, what: message.what };
        break;
      case 'loaded':
        this.#loaded.resolve();
        break;
      case 'ended':
        this.#createdGroup?.close();
        this.#ended.resolve();
        break;
      case 'failed':
        this.#fail(fromErrorRecord(message.error));
    }
  }

  /** The first failure is the cause; those that follow from it change nothing. */
  #fail(error: unknown): void {
    Atomics.store(this.#abortFlag, 0, 1);
    this.#loaded.reject(error);
    this.#ended.reject(error);
  }

  #requireMethods(): Promise<WorkerMethods> {
    const { stage, workerExtensionCls } = this.#requireConfig();
    this.#methods ??= WorkerMethods.create([stage], workerExtensionCls);
    return this.#methods;
  }

  #requireConfig(): WorkerConfig {
    if (!this.#config) throw new IllegalStateError('The worker is not prepared: call prepare first.');
    return this.#config;
  }
}
