import { InvalidArgumentError, type RayError } from '../core/index.js';
import type { EngineArgs } from './config/engine-args.js';
import { createEngineConfig, type EngineConfig } from './config/engine-config.js';
import { EngineCoreClient } from './engine/engine-core-client.js';
import type { EngineCoreOutput } from './engine/engine-core-request.js';
import { chooseExecutorLauncher } from './executor/choose-executor.js';
import type { LaunchedExecutor, LaunchHooks } from './executor/executor-launcher.js';
import type { RequestOutput } from './outputs.js';
import { checkPrompt, type PromptInput, tokenizePrompt } from './prompt.js';
import { type OutputDelta, RequestOutputBuilder } from './request-output-builder.js';
import { requestSampling } from './request-sampling.js';
import type { SamplingParams } from './sampling-params.js';
import { Tokenizer } from './tokenizer/tokenizer.js';

/** Receives what becomes of one request; nothing is called after `onFinish` or `onError`. Must not throw. */
export interface RequestCallbacks {
  readonly onDelta?: ((delta: OutputDelta) => void) | undefined;
  readonly onFinish: (output: RequestOutput) => void;
  readonly onError: (error: RayError) => void;
}

/** The engine core over ranks that are there; when it can't be finished, nothing of it is left running. */
async function startClient(
  config: EngineConfig,
  executor: LaunchedExecutor,
  hooks: LaunchHooks,
): Promise<EngineCoreClient> {
  const client = await EngineCoreClient.start({ executor: executor.config, scheduler: config.scheduler }, hooks);
  try {
    executor.onRankFailure((error) => client.fail(error));
    await executor.sealChannels();
    return client;
  } catch (error) {
    await client.shutdown();
    throw error;
  }
}

/** The engine behind {@link LLM} and the API server: prompts in, text out, any number of requests at once. */
export class LLMEngine {
  readonly config: EngineConfig;
  readonly tokenizer: Tokenizer;
  readonly #client: EngineCoreClient;
  readonly #executor: LaunchedExecutor;
  #numRequests = 0;

  private constructor(
    config: EngineConfig,
    tokenizer: Tokenizer,
    executor: LaunchedExecutor,
    client: EngineCoreClient,
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.#executor = executor;
    this.#client = client;
  }

  /**
   * Validates, places the ranks, loads the model; resolves when requests can be added.
   * @throws {InvalidArgumentError} @throws {ModelLoadError} @throws {PlacementGroupInfeasibleError}
   */
  static async start(args: EngineArgs, hooks: LaunchHooks = {}): Promise<LLMEngine> {
    const config = await createEngineConfig(args);
    const tokenizer = await Tokenizer.load(config.model.modelPath);
    const launcher = await chooseExecutorLauncher(config);
    const executor = await launcher.launch(config, hooks);
    try {
      const client = await startClient(config, executor, hooks);
      return new LLMEngine(config, tokenizer, executor, client);
    } catch (error) {
      await executor.shutdown();
      throw error;
    }
  }

  /**
   * Adds a request, which runs together with all others.
   * @returns the request's id, for {@link abortRequests}.
   * @throws {RequestRejectedError} when the prompt can never be served. @throws {EngineDeadError} after a failure.
   */
  addRequest(input: PromptInput, params: SamplingParams, callbacks: RequestCallbacks): string {
    const prompt = tokenizePrompt(input, this.tokenizer);
    const { promptTokenIds } = prompt;
    checkPrompt(promptTokenIds, this.config.model);
    this.#checkStopTokens(params);
    const requestId = String(this.#numRequests++);
    const builder = new RequestOutputBuilder(requestId, prompt, params, this.tokenizer);
    const sampling = requestSampling(params, this.config.model.maxModelLen - promptTokenIds.length);
    this.#client.addRequest(
      { requestId, promptTokenIds, sampling, priority: 0, cacheSalt: undefined, arrivalTime: performance.now() },
      { onOutput: (output) => this.#takeOutput(builder, output, callbacks), onError: callbacks.onError },
    );
    return requestId;
  }

  /** Ends requests without a further callback. Unknown ids are ignored. */
  abortRequests(requestIds: readonly string[]): void {
    this.#client.abortRequests(requestIds);
  }

  /** Calls back once when the engine fails, at once if it has. */
  onFailure(callback: (error: RayError) => void): void {
    this.#client.onFailure(callback);
  }

  /** Ends the engine core and the ranks; idempotent. */
  async shutdown(): Promise<void> {
    await this.#client.shutdown();
    await this.#executor.shutdown();
  }

  #takeOutput(builder: RequestOutputBuilder, output: EngineCoreOutput, callbacks: RequestCallbacks): void {
    const delta = builder.add(output);
    if (builder.isFinished) this.#client.abortRequests([builder.requestId]);
    callbacks.onDelta?.(delta);
    if (builder.isFinished) callbacks.onFinish(builder.build());
  }

  #checkStopTokens({ stopTokenIds }: SamplingParams): void {
    const { vocabSize } = this.config.model;
    const unknown = stopTokenIds.find((tokenId) => tokenId >= vocabSize);
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`stopTokenIds must be token ids below ${vocabSize}, got ${unknown}.`);
    }
  }
}
