import { Deferred, InvalidArgumentError } from '../core/index.js';
import type { EngineArgs } from './config/engine-args.js';
import type { LoadProgress } from './executor/executor-launcher.js';
import { LLMEngine } from './llm-engine.js';
import type { RequestOutput } from './outputs.js';
import type { PromptInput } from './prompt.js';
import type { OutputDelta } from './request-output-builder.js';
import { SamplingParams } from './sampling-params.js';
import type { ChatMessage } from './tokenizer/chat-template.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';

export interface LLMOptions extends EngineArgs {
  /** Called while the ranks load the model. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** Called while the outputs are made; an error that one of them throws ends the call and its requests. */
export interface StreamingCallbacks {
  /** Text that has become sure. The texts of one prompt, joined, are its output's text. */
  readonly onText?: ((text: string, promptIndex: number) => void) | undefined;
  readonly onToken?: ((tokenId: number, promptIndex: number) => void) | undefined;
}

type SamplingParamsInput = SamplingParams | readonly SamplingParams[];

const isArray = <Item>(value: Item | readonly Item[]): value is readonly Item[] => Array.isArray(value);

function paramsOfPrompts(params: SamplingParamsInput, numPrompts: number): readonly SamplingParams[] {
  if (!isArray(params)) return new Array<SamplingParams>(numPrompts).fill(params);
  if (params.length === numPrompts) return params;
  throw new InvalidArgumentError('The lengths of prompts and params must be the same.');
}

function stream({ onText, onToken }: StreamingCallbacks, delta: OutputDelta, promptIndex: number): void {
  for (const tokenId of delta.tokenIds) onToken?.(tokenId, promptIndex);
  if (delta.text !== '') onText?.(delta.text, promptIndex);
}

/**
 * A language model for offline use: prompts in, outputs out, batched by the engine.
 *
 *     await using llm = await LLM.create({ model: 'models/storyteller' });
 *     const [output] = await llm.generate(['Once there was'], new SamplingParams({ temperature: 0 }));
 *     console.log(output.outputs[0].text);
 */
export class LLM {
  readonly #engine: LLMEngine;

  private constructor(engine: LLMEngine) {
    this.#engine = engine;
  }

  /**
   * Loads a model over as many ranks as the arguments say.
   * @throws {InvalidArgumentError} for arguments that can't work.
   * @throws {ModelLoadError} for a folder that lacks something or holds an unsupported model.
   * @throws {PlacementGroupInfeasibleError} when the cluster can never hold the ranks.
   */
  static async create({ onProgress, ...args }: LLMOptions): Promise<LLM> {
    return new LLM(await LLMEngine.start(args, { onProgress }));
  }

  /**
   * Generates one output for every prompt, in the order of the prompts. Any number of calls may run at once.
   * @param samplingParams for all prompts, or one for each; default `new SamplingParams()`.
   * @throws {RequestRejectedError} when a prompt can never be served; then nothing was generated.
   * @throws {EngineDeadError | RankFailedError} when the engine fails before all outputs are there.
   */
  async generate(
    prompts: PromptInput | readonly PromptInput[],
    samplingParams: SamplingParamsInput = new SamplingParams(),
    callbacks: StreamingCallbacks = {},
  ): Promise<RequestOutput[]> {
    const inputs = isArray(prompts) ? prompts : [prompts];
    const params = paramsOfPrompts(samplingParams, inputs.length);
    const requestIds: string[] = [];
    try {
      const outputs = inputs.map((input, index) => this.#add(input, index, params[index]!, callbacks, requestIds));
      return await Promise.all(outputs);
    } catch (error) {
      this.#engine.abortRequests(requestIds);
      throw error;
    }
  }

  /**
   * Generates the next turn of one conversation or of several, through the model's chat template.
   * @throws {ModelLoadError} when the model has no chat template; otherwise as {@link generate}.
   */
  async chat(
    messages: readonly ChatMessage[] | readonly (readonly ChatMessage[])[],
    samplingParams: SamplingParamsInput = new SamplingParams(),
    callbacks: StreamingCallbacks = {},
  ): Promise<RequestOutput[]> {
    const isMany = (value: typeof messages): value is readonly (readonly ChatMessage[])[] => Array.isArray(value[0]);
    const conversations = isMany(messages) ? messages : [messages];
    const prompts = conversations.map((conversation) => ({ messages: conversation }));
    return this.generate(prompts, samplingParams, callbacks);
  }

  getTokenizer(): Tokenizer {
    return this.#engine.tokenizer;
  }

  /** Ends the engine and gives its ranks' resources back; unfinished calls fail. Idempotent. */
  async shutdown(): Promise<void> {
    await this.#engine.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #add(
    input: PromptInput,
    index: number,
    params: SamplingParams,
    callbacks: StreamingCallbacks,
    requestIds: string[],
  ): Promise<RequestOutput> {
    const finished = new Deferred<RequestOutput>();
    const requestId = this.#engine.addRequest(input, params, {
      onDelta: (delta) => {
        try {
          stream(callbacks, delta, index);
        } catch (error) {
          finished.reject(error);
        }
      },
      onFinish: (output) => finished.resolve(output),
      onError: (error) => finished.reject(error),
    });
    requestIds.push(requestId);
    return finished.promise;
  }
}
