import { Deferred, InvalidArgumentError } from '../core/index.js';
import type { OutputDelta } from './completion-builder.js';
import type { EngineArgs } from './config/engine-args.js';
import { EngineControls } from './engine-controls.js';
import type { LoadProgress } from './executor/executor-launcher.js';
import { LLMEngine } from './llm-engine.js';
import type { RequestOutput } from './outputs.js';
import { ProgressBar } from './progress-bar.js';
import type { PromptInput } from './prompt.js';
import type { RequestCallbacks } from './running-request.js';
import type { SamplingParams } from './sampling-params.js';
import type { ChatMessage, ChatTemplateOptions } from './tokenizer/chat-template.js';

export interface LLMOptions extends EngineArgs {
  /** Called while the ranks load the model. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Called with lines that tell what the engine chose: the KV cache's size in tokens, the concurrency that it allows. */
  readonly onLog?: ((line: string) => void) | undefined;
}

/** Called while the outputs are made; an error that one of them throws ends the call and its requests. */
export interface StreamingCallbacks {
  /** Text that has become sure. The texts of one completion, joined, are its text. */
  readonly onText?: ((text: string, promptIndex: number, completionIndex: number) => void) | undefined;
  readonly onToken?: ((tokenId: number, promptIndex: number, completionIndex: number) => void) | undefined;
}

export interface GenerateOptions extends StreamingCallbacks {
  /** Show a progress bar on stderr if it is a terminal. Default: unless there are callbacks, which likely print. */
  readonly useTqdm?: boolean | undefined;
  /** One for each prompt, lower is served first, with the scheduling policy `priority`. Default 0 for all. */
  readonly priority?: readonly number[] | undefined;
}

export interface ChatOptions extends GenerateOptions, ChatTemplateOptions {}

type SamplingParamsInput = SamplingParams | readonly SamplingParams[];

const isArray = <Item>(value: Item | readonly Item[]): value is readonly Item[] => Array.isArray(value);

function paramsOfPrompts(params: SamplingParamsInput, numPrompts: number): readonly SamplingParams[] {
  if (!isArray(params)) return new Array<SamplingParams>(numPrompts).fill(params);
  if (params.length === numPrompts) return params;
  throw new InvalidArgumentError('The lengths of prompts and params must be the same.');
}

function stream({ onText, onToken }: StreamingCallbacks, delta: OutputDelta, promptIndex: number): void {
  for (const tokenId of delta.tokenIds) onToken?.(tokenId, promptIndex, delta.index);
  if (delta.text !== '') onText?.(delta.text, promptIndex, delta.index);
}

function checkPriorities(priorities: readonly number[] | undefined, numPrompts: number): void {
  if (priorities === undefined) return;
  if (priorities.length !== numPrompts) {
    throw new InvalidArgumentError(
      `The lengths of prompts (${numPrompts}) and priority (${priorities.length}) must be the same.`,
    );
  }
  const invalid = priorities.find((priority) => !Number.isInteger(priority));
  if (invalid !== undefined) throw new InvalidArgumentError(`priority must be integers, got ${invalid}.`);
}

function createProgressBar({ useTqdm, onText, onToken }: GenerateOptions, numPrompts: number): ProgressBar | undefined {
  const isWanted = useTqdm ?? (onText === undefined && onToken === undefined);
  return isWanted ? new ProgressBar(numPrompts) : undefined;
}

/** One call of generate: what every prompt's request is added with. */
interface GenerateCall {
  readonly options: GenerateOptions;
  readonly progress: ProgressBar | undefined;
  /** Of the requests added so far. */
  readonly requestIds: string[];
}

/**
 * A language model for offline use: prompts in, outputs out, batched by the engine. With `dataParallelSize` the prompts are
 * shared out to so many copies of it, each in a process of its own. (vLLM's `LLM` refuses that, and has the program start
 * the copies; VLLM_DP_RANK and VLLM_DP_SIZE do so here too.)
 *
 *     await using llm = await LLM.create({ model: 'models/storyteller' });
 *     const [output] = await llm.generate(['Once there was'], new SamplingParams({ temperature: 0 }));
 *     console.log(output.outputs[0].text);
 */
export class LLM extends EngineControls {
  /**
   * Loads a model over as many ranks as the arguments say.
   * @throws {InvalidArgumentError} for arguments that can't work.
   * @throws {ModelLoadError} for a folder that lacks something or holds an unsupported model.
   * @throws {PlacementGroupInfeasibleError} when the cluster can never hold the ranks.
   */
  static async create({ onProgress, onLog, ...args }: LLMOptions): Promise<LLM> {
    return new LLM(
      await LLMEngine.start({ ...args, disableLogStats: args.disableLogStats ?? true }, { onProgress, onLog }),
    );
  }

  /**
   * Generates one output for every prompt, in the order of the prompts. Any number of calls may run at once.
   * @param samplingParams for all prompts, or one for each; default {@link getDefaultSamplingParams}.
   * @throws {RequestRejectedError} when a prompt can never be served; then nothing was generated.
   * @throws {EngineDeadError | RankFailedError} when the engine fails before all outputs are there.
   */
  async generate(
    prompts: PromptInput | readonly PromptInput[],
    samplingParams: SamplingParamsInput = this.getDefaultSamplingParams(),
    options: GenerateOptions = {},
  ): Promise<RequestOutput[]> {
    const inputs = isArray(prompts) ? prompts : [prompts];
    const params = paramsOfPrompts(samplingParams, inputs.length);
    checkPriorities(options.priority, inputs.length);
    const call: GenerateCall = { options, progress: createProgressBar(options, inputs.length), requestIds: [] };
    try {
      return await Promise.all(inputs.map((input, index) => this.#add(input, index, params[index]!, call)));
    } catch (error) {
      this.engine.abortRequests(call.requestIds);
      throw error;
    } finally {
      call.progress?.close();
    }
  }

  /**
   * Generates the next turn of one conversation or of several, through the model's chat template or the one in `options`.
   * @throws {ModelLoadError} when the model has no chat template and none is given; otherwise as {@link generate}.
   */
  async chat(
    messages: readonly ChatMessage[] | readonly (readonly ChatMessage[])[],
    samplingParams: SamplingParamsInput = this.getDefaultSamplingParams(),
    { chatTemplate, addGenerationPrompt, ...options }: ChatOptions = {},
  ): Promise<RequestOutput[]> {
    const isMany = (value: typeof messages): value is readonly (readonly ChatMessage[])[] => Array.isArray(value[0]);
    const conversations = isMany(messages) ? messages : [messages];
    const prompts = conversations.map((conversation) => ({
      messages: conversation,
      chatTemplate,
      addGenerationPrompt,
    }));
    return this.generate(prompts, samplingParams, options);
  }

  /** @throws {InvalidArgumentError} always: the models that are supported generate text, none is made for pooling. */
  async encode(): Promise<never> {
    throw new InvalidArgumentError('LLM.encode() is only supported for pooling models. Use generate or chat instead.');
  }

  /** @throws {InvalidArgumentError} always, as {@link encode}. */
  async embed(): Promise<never> {
    throw new InvalidArgumentError('LLM.embed() is only supported for pooling models. Use generate or chat instead.');
  }

  #add(input: PromptInput, index: number, params: SamplingParams, call: GenerateCall): Promise<RequestOutput> {
    const { options, progress, requestIds } = call;
    const finished = new Deferred<RequestOutput>();
    const callbacks: RequestCallbacks = {
      onDelta: (delta) => {
        try {
          stream(options, delta, index);
        } catch (error) {
          finished.reject(error);
        }
        progress?.tokensCame(delta.tokenIds.length);
      },
      onOutput: (output) => {
        progress?.promptFinished(output.promptTokenIds.length);
        finished.resolve(output);
      },
      onError: (error) => finished.reject(error),
    };
    const priority = options.priority?.[index];
    requestIds.push(this.engine.addRequest(input, params, callbacks, { priority, outputKind: 'final-only' }));
    return finished.promise;
  }
}
