import { IllegalStateError, InvalidArgumentError, type RayError } from '../core/index.js';
import { checkRequestSampling } from './check-request-sampling.js';
import { childRequests } from './child-requests.js';
import type { EngineArgs } from './config/engine-args.js';
import { createEngineConfig, type EngineConfig } from './config/engine-config.js';
import { describeKvCache } from './config/kv-cache-size.js';
import { maxLogprobsOf } from './config/max-logprobs.js';
import { checkDataParallelRank } from './data-parallel/check-data-parallel-rank.js';
import { countReplicas } from './data-parallel/count-replicas.js';
import { readDefaultSamplingParams } from './default-sampling-params.js';
import type { EngineClient } from './engine/engine-client.js';
import type { EngineCoreRequest } from './engine/engine-core-request.js';
import type { LaunchedEngine } from './engine/launched-engine.js';
import { processTime } from './engine/request-admissions.js';
import type { SleepLevel, UtilityCall } from './engine/utility-call.js';
import type { LaunchHooks } from './executor/executor-launcher.js';
import { launchEngine } from './launch-engine.js';
import { EngineObserver } from './metrics/engine-observer.js';
import type { Metric } from './metrics/metric.js';
import type { OutputKind } from './outputs.js';
import { checkPrompt, type PromptInput, type TokenizedPrompt, tokenizePrompt, truncatePrompt } from './prompt.js';
import { RequestOutputBuilder } from './request-output-builder.js';
import { requestSampling } from './request-sampling.js';
import { type RequestCallbacks, RunningRequest } from './running-request.js';
import { SamplingParams, type SamplingParamsInit } from './sampling-params.js';
import { type GrammarSpec, grammarSpecOf } from './structured-output/grammar-spec.js';
import { Tokenizer } from './tokenizer/tokenizer.js';

export interface AddRequestOptions {
  /** For {@link LLMEngine.abortRequests} and in the outputs; must not be in use. Default: a number that counts up. */
  readonly requestId?: string | undefined;
  /** An integer; lower is served first, with the scheduling policy `priority`. Default 0. */
  readonly priority?: number | undefined;
  /** Which outputs `onOutput` gets. Default: what the parameters say. */
  readonly outputKind?: OutputKind | undefined;
  /** The replica that serves it, from 0 to dataParallelSize - 1. Default: the one with the least to do. */
  readonly dataParallelRank?: number | undefined;
}

export interface CollectiveRpcOptions {
  /** How long to wait for all ranks, in milliseconds. Default no limit. */
  readonly timeoutMs?: number | undefined;
}

/** The engine behind {@link LLM}, {@link AsyncLLM} and the API server: prompts in, text out, any number at once. */
export class LLMEngine {
  readonly config: EngineConfig;
  readonly tokenizer: Tokenizer;
  /** What the model's generation_config.json recommends; empty with `generationConfig: 'vllm'`. */
  readonly defaultSamplingParams: SamplingParamsInit;
  readonly #launched: LaunchedEngine;
  readonly #observer: EngineObserver | undefined;
  readonly #requests = new Map<string, RunningRequest>();
  #hasSentVocabulary = false;
  #sleepLevel: SleepLevel | undefined;
  #numRequests = 0;

  private constructor(
    config: EngineConfig,
    tokenizer: Tokenizer,
    defaults: SamplingParamsInit,
    launched: LaunchedEngine,
    observer: EngineObserver | undefined,
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.defaultSamplingParams = defaults;
    this.#launched = launched;
    this.#observer = observer;
  }

  /**
   * Validates, places the ranks, loads the model; resolves when requests can be added.
   * @throws {InvalidArgumentError} @throws {ModelLoadError} @throws {PlacementGroupInfeasibleError}
   */
  static async start(args: EngineArgs, hooks: LaunchHooks = {}): Promise<LLMEngine> {
    const config = await createEngineConfig(args);
    const lines = [...config.warnings, ...describeKvCache(config.scheduler, config.args.device)];
    for (const line of lines) hooks.onLog?.(line);
    const { modelPath, vocabSize, maxModelLen } = config.model;
    const tokenizer = await Tokenizer.load(modelPath, { vocabSize });
    const defaults = config.args.generationConfig === 'vllm' ? {} : await readDefaultSamplingParams(modelPath);
    const observer = config.args.disableLogStats
      ? undefined
      : new EngineObserver(config.servedModelName, maxModelLen, countReplicas(config));
    try {
      const launched = await launchEngine(config, {
        ...hooks,
        onStep: (step, engine) => observer?.addStep(step, engine),
      });
      return new LLMEngine(config, tokenizer, defaults, launched, observer);
    } catch (error) {
      observer?.close();
      throw error;
    }
  }

  /** Requests that were added and have not ended. */
  get numUnfinishedRequests(): number {
    return this.#requests.size;
  }

  /** What the engine failed with; undefined while it is well. */
  get failure(): RayError | undefined {
    return this.#client.failure;
  }

  /** It takes requests: neither failed nor shut down. */
  get isRunning(): boolean {
    return this.#client.isRunning;
  }

  get isSleeping(): boolean {
    return this.#sleepLevel !== undefined;
  }

  /**
   * Adds a request, which runs together with all others.
   * @returns the request's id, for {@link abortRequests}.
   * @throws {RequestRejectedError} when the prompt can never be served. @throws {InvalidArgumentError} for an id in use and parameters out of range.
   * @throws {IllegalStateError} while the engine sleeps. @throws {EngineDeadError} after a failure.
   */
  addRequest(
    input: PromptInput,
    params: SamplingParams,
    callbacks: RequestCallbacks,
    options: AddRequestOptions = {},
  ): string {
    const arrivalTime = processTime();
    if (this.isSleeping) throw new IllegalStateError('The engine is asleep. Call wakeUp() first.');
    const { priority = 0, dataParallelRank } = options;
    if (!Number.isInteger(priority)) throw new InvalidArgumentError(`priority must be an integer, got ${priority}.`);
    checkDataParallelRank(dataParallelRank, countReplicas(this.config));
    const { maxModelLen } = this.config.model;
    const prompt = truncatePrompt(tokenizePrompt(input, this.tokenizer), params.truncatePromptTokens, maxModelLen);
    checkPrompt(prompt.promptTokenIds, this.config.model);
    const serial = String(this.#numRequests++);
    const requestId = this.#checkUnused(options.requestId ?? serial);
    // A request's own id may come again, and the engine core's outputs for the earlier one may still be on their way.
    const coreRequest = this.#coreRequest(`${requestId}-${serial}`, prompt, params, priority, arrivalTime);
    this.#run(childRequests({ ...coreRequest, dataParallelRank }, params.n), {
      builder: new RequestOutputBuilder(requestId, prompt, params, this.tokenizer),
      kind: options.outputKind ?? params.outputKind,
      callbacks,
    });
    return requestId;
  }

  /**
   * Ends requests. Unknown ids are ignored.
   * @param deliver give their callbacks a last output with the finish reason `abort`, rather than no further call.
   */
  abortRequests(requestIds: readonly string[], { deliver = false }: { readonly deliver?: boolean } = {}): void {
    for (const requestId of requestIds) this.#requests.get(requestId)?.abort(deliver);
  }

  /** Calls back once when the engine fails, at once if it has. */
  onFailure(callback: (error: RayError) => void): void {
    this.#client.onFailure(callback);
  }

  /** What `new SamplingParams()` is, changed by what the model's generation_config.json recommends. */
  getDefaultSamplingParams(): SamplingParams {
    return new SamplingParams(this.defaultSamplingParams);
  }

  /** Forgets every cached prefix; false when requests in the cache keep it from doing so. */
  async resetPrefixCache(): Promise<boolean> {
    return (await this.#call({ method: 'resetPrefixCache' })) as boolean;
  }

  /**
   * Calls a method on every worker, beside the steps of those that are processes; answers in the order of the ranks.
   * @throws {InvalidArgumentError} for a method that workers don't have.
   * @throws {DeadlineExceededError} naming the ranks that are silent after `timeoutMs`. @throws what the first failing rank does.
   */
  async collectiveRpc(
    method: string,
    args: readonly unknown[] = [],
    { timeoutMs }: CollectiveRpcOptions = {},
  ): Promise<unknown[]> {
    return (await this.#call({ method: 'collectiveRpc', workerMethod: method, args, timeoutMs })) as unknown[];
  }

  /**
   * Asks every rank whether it is well.
   * @throws what the engine failed with. @throws {DeadlineExceededError} naming the ranks that are silent for ten seconds.
   */
  async checkHealth(): Promise<void> {
    await this.#call({ method: 'checkHealth' });
  }

  /**
   * Lets weights and KV cache go until {@link wakeUp}; requests are refused meanwhile.
   * @throws {IllegalStateError} while requests are unfinished, and when the ranks are actors of the cluster.
   */
  async sleep(level: SleepLevel = 1): Promise<void> {
    if (level !== 1 && level !== 2) throw new InvalidArgumentError(`The sleep level must be 1 or 2, got ${level}.`);
    if (this.isSleeping) return;
    this.#sleepLevel = level;
    try {
      await this.#call({ method: 'sleep', level });
    } catch (error) {
      this.#sleepLevel = undefined;
      throw error;
    }
  }

  /** Reads the weights again; resolves when requests can be added. @throws {ModelLoadError} when they are gone. */
  async wakeUp(): Promise<void> {
    if (!this.isSleeping) return;
    await this.#call({ method: 'wakeUp' });
    this.#sleepLevel = undefined;
  }

  /** Counters, gauges and histograms since the start. @throws {IllegalStateError} with `disableLogStats`. */
  getMetrics(): Metric[] {
    if (this.#observer !== undefined) return this.#observer.metrics(this.#sleepLevel);
    throw new IllegalStateError('Stats are disabled. Start the engine with disableLogStats: false to get metrics.');
  }

  /** Ends the engine core and the ranks; idempotent. */
  async shutdown(): Promise<void> {
    this.#observer?.close();
    await this.#launched.shutdown();
  }

  get #client(): EngineClient {
    return this.#launched.client;
  }

  #call(call: UtilityCall): Promise<unknown> {
    return this.#client.callUtility(call);
  }

  #coreRequest(
    requestId: string,
    { promptTokenIds, cacheSalt }: TokenizedPrompt,
    params: SamplingParams,
    priority: number,
    arrivalTime: number,
  ): EngineCoreRequest {
    const { model, args } = this.config;
    const { vocabSize } = model;
    const maxOutputTokens = model.maxModelLen - promptTokenIds.length;
    const sampling = requestSampling(params, { maxOutputTokens, vocabSize, tokenizer: this.tokenizer });
    checkRequestSampling(sampling, {
      vocabSize,
      maxLogprobs: maxLogprobsOf(args, model),
      canReportPrompts: args.device !== 'webgpu',
    });
    const grammar = this.#grammarOf(params);
    return { requestId, promptTokenIds, sampling, grammar, priority, cacheSalt, arrivalTime };
  }

  #grammarOf({ structuredOutputs }: SamplingParams): GrammarSpec | undefined {
    if (structuredOutputs === undefined) return undefined;
    const grammar = grammarSpecOf(structuredOutputs);
    this.#sendVocabulary();
    return grammar;
  }

  /** Once, when the first request needs it: it is as large as the model's vocabulary. */
  #sendVocabulary(): void {
    if (this.#hasSentVocabulary) return;
    const { vocabSize, eosTokenIds } = this.config.model;
    if (eosTokenIds.length === 0) {
      throw new InvalidArgumentError('structuredOutputs need a model with an end token (eos_token_id in config.json).');
    }
    this.#client.setVocabulary({ spellings: this.tokenizer.spellTokens(vocabSize), eosTokenIds });
    this.#hasSentVocabulary = true;
  }

  #run(children: readonly EngineCoreRequest[], spec: Pick<RunningRequest, 'builder' | 'kind' | 'callbacks'>): void {
    const { requestId } = spec.builder;
    const request = new RunningRequest(children, spec, {
      client: this.#client,
      observer: this.#observer,
      onEnd: () => this.#requests.delete(requestId),
    });
    request.start();
    this.#requests.set(requestId, request);
  }

  #checkUnused(requestId: string): string {
    if (!this.#requests.has(requestId)) return requestId;
    throw new InvalidArgumentError(`Request id ${requestId} is already in use.`);
  }
}
