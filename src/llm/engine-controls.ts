import type { SleepLevel } from './engine/utility-call.js';
import type { CollectiveRpcOptions, LLMEngine } from './llm-engine.js';
import type { Metric } from './metrics/metric.js';
import type { SamplingParams, SamplingParamsInit } from './sampling-params.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';

/** What every user of an engine can do with it besides generating. */
export class EngineControls {
  /** For subclasses. */
  protected readonly engine: LLMEngine;

  protected constructor(engine: LLMEngine) {
    this.engine = engine;
  }

  getTokenizer(): Tokenizer {
    return this.engine.tokenizer;
  }

  /** The parameters that are used when none are given: vLLM's defaults, changed by the model's generation_config.json. */
  getDefaultSamplingParams(): SamplingParams {
    return this.engine.getDefaultSamplingParams();
  }

  /** What the model's generation_config.json recommends, to be changed before it becomes {@link SamplingParams}. */
  get defaultSamplingParams(): SamplingParamsInit {
    return this.engine.defaultSamplingParams;
  }

  /**
   * Calls a method on every worker; answers in the order of the ranks. Workers have `describe` (rank, stage, layers, host, pid),
   * `memoryStats` (bytes of the process), `checkHealth`, and the methods of `workerExtensionCls`.
   * @throws {InvalidArgumentError} for a method that workers don't have.
   * @throws {DeadlineExceededError} naming the ranks that are silent after `timeoutMs`. @throws what the first failing rank does.
   */
  collectiveRpc(method: string, args: readonly unknown[] = [], options: CollectiveRpcOptions = {}): Promise<unknown[]> {
    return this.engine.collectiveRpc(method, args, options);
  }

  /**
   * Asks every rank whether it is well; resolves when all are.
   * @throws what the engine failed with. @throws {DeadlineExceededError} naming the ranks that are silent for ten seconds.
   */
  checkHealth(): Promise<void> {
    return this.engine.checkHealth();
  }

  /** Forgets every cached prefix; false when requests in the cache keep it from doing so. */
  resetPrefixCache(): Promise<boolean> {
    return this.engine.resetPrefixCache();
  }

  /**
   * Lets weights and KV cache go until {@link wakeUp}; requests are refused meanwhile. Both of vLLM's levels do the same
   * here: weights live in CPU memory, so keeping them there (level 1) would free nothing.
   * @throws {IllegalStateError} while requests are unfinished, and when the ranks are actors of the cluster.
   */
  sleep(level: SleepLevel = 1): Promise<void> {
    return this.engine.sleep(level);
  }

  /** Reads the weights again; resolves when requests are taken. @throws {ModelLoadError} when they are gone. */
  wakeUp(): Promise<void> {
    return this.engine.wakeUp();
  }

  get isSleeping(): boolean {
    return this.engine.isSleeping;
  }

  /** Counters, gauges and histograms since the start. @throws {IllegalStateError} with `disableLogStats`. */
  getMetrics(): Metric[] {
    return this.engine.getMetrics();
  }

  /** Ends the engine and gives its ranks' resources back; unfinished requests fail. Idempotent. */
  shutdown(): Promise<void> {
    return this.engine.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
