import type { RayError } from '../core/index.js';
import type { EngineArgs } from './config/engine-args.js';
import { EngineControls } from './engine-controls.js';
import type { LaunchHooks } from './executor/executor-launcher.js';
import { LLMEngine } from './llm-engine.js';
import type { RequestOutput } from './outputs.js';
import type { PromptInput } from './prompt.js';
import { RequestStream } from './request-stream.js';
import type { SamplingParams } from './sampling-params.js';

export interface AsyncGenerateOptions {
  /** Lower is served first, with the scheduling policy `priority`. Default 0. */
  readonly priority?: number | undefined;
  /** The replica that serves it. Default: the one with the least to do. */
  readonly dataParallelRank?: number | undefined;
  /** Aborts the request; the loop over its outputs then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/**
 * A language model for servers: every request is an async iterable of its outputs, and any number run at once.
 *
 *     await using llm = await AsyncLLM.fromEngineArgs({ model: 'models/storyteller' });
 *     for await (const output of llm.generate('Once there was', new SamplingParams({ outputKind: 'delta' }))) {
 *       process.stdout.write(output.outputs[0].text);
 *     }
 */
export class AsyncLLM extends EngineControls {
  /**
   * Loads a model. Unlike {@link LLM}'s, its stats are counted and logged unless `disableLogStats`.
   * @throws {InvalidArgumentError} for arguments that can't work.
   * @throws {ModelLoadError} for a folder that lacks something or holds an unsupported model.
   * @throws {PlacementGroupInfeasibleError} when the cluster can never hold the ranks.
   */
  static async fromEngineArgs(args: EngineArgs, hooks: LaunchHooks = {}): Promise<AsyncLLM> {
    return new AsyncLLM(await LLMEngine.start(args, hooks));
  }

  /**
   * Starts a request at once, whether or not its outputs are read. Outputs that come faster than they are read are merged,
   * so what waits for a slow reader is one output. Leaving the loop early aborts the request.
   * @param requestId must not be in use; default: a number that counts up.
   * @throws {RequestRejectedError} when the prompt can never be served. @throws {EngineDeadError} after a failure.
   * Iterating throws what the engine fails with before the last output.
   */
  generate(
    prompt: PromptInput,
    samplingParams: SamplingParams = this.getDefaultSamplingParams(),
    requestId?: string,
    { priority, dataParallelRank, signal }: AsyncGenerateOptions = {},
  ): AsyncIterableIterator<RequestOutput, undefined> {
    const areDeltas = samplingParams.outputKind === 'delta';
    const stopListening = () => signal?.removeEventListener('abort', onAbort);
    const leave = () => {
      stopListening();
      this.engine.abortRequests([id]);
    };
    const stream = new RequestStream(areDeltas, leave);
    const onAbort = () => {
      stream.fail(toError(signal?.reason));
      leave();
    };
    signal?.throwIfAborted();
    const id = this.engine.addRequest(
      prompt,
      samplingParams,
      {
        onOutput: (output) => {
          if (output.finished) stopListening();
          stream.push(output);
        },
        onError: (error) => {
          stopListening();
          stream.fail(error);
        },
      },
      { requestId, priority, dataParallelRank },
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    return stream;
  }

  /** Ends requests; their last output says `abort`. Unknown ids are ignored. */
  abort(requestId: string | readonly string[]): void {
    this.engine.abortRequests([requestId].flat(), { deliver: true });
  }

  /** It takes requests: neither failed nor shut down. */
  get isRunning(): boolean {
    return this.engine.isRunning;
  }

  /** It failed, and every later request is refused. */
  get errored(): boolean {
    return this.engine.failure !== undefined;
  }

  /** What it failed with; undefined while it is well. */
  get deadError(): RayError | undefined {
    return this.engine.failure;
  }
}
