import { CompletionBuilder, type OutputDelta } from './completion-builder.js';
import type { EngineCoreOutput, TokenLogprobs } from './engine/engine-core-request.js';
import type { RequestMetrics } from './metrics/request-times.js';
import { tokenLogprobMap } from './output-logprobs.js';
import type { CompletionOutput, OutputKind, RequestOutput, TokenLogprobMap } from './outputs.js';
import type { TokenizedPrompt } from './prompt.js';
import type { SamplingParams } from './sampling-params.js';
import type { TokenDecoder } from './tokenizer/incremental-detokenizer.js';

/** Gathers the completions of one prompt into {@link RequestOutput}s. */
export class RequestOutputBuilder {
  readonly requestId: string;
  readonly completions: readonly CompletionBuilder[];
  readonly #prompt: TokenizedPrompt;
  readonly #decoder: TokenDecoder;
  readonly #promptLogprobs: (TokenLogprobMap | undefined)[] | undefined;
  #numPromptLogprobsDelivered = 0;
  #numCachedTokens: number | undefined;

  constructor(requestId: string, prompt: TokenizedPrompt, params: SamplingParams, decoder: TokenDecoder) {
    this.requestId = requestId;
    this.#prompt = prompt;
    this.#decoder = decoder;
    this.#promptLogprobs = params.promptLogprobs === undefined ? undefined : [undefined];
    this.completions = Array.from({ length: params.n }, (_, index) => new CompletionBuilder(index, params, decoder));
  }

  get isFinished(): boolean {
    return this.completions.every(({ finishReason }) => finishReason !== undefined);
  }

  /** Takes an output of the engine core for one of the completions. */
  add(output: EngineCoreOutput, index = 0): OutputDelta {
    this.#numCachedTokens ??= output.numCachedTokens;
    // The prompt is the same for all completions, and so is what is reported of it.
    if (index === 0) this.#addPromptLogprobs(output.newPromptLogprobs ?? []);
    return this.completions[index]!.add(output);
  }

  /** All completions, in the order of their indices. */
  build(metrics?: RequestMetrics): RequestOutput {
    return this.#wrap(
      this.completions.map((completion) => completion.build()),
      this.#promptLogprobs?.slice(),
      metrics,
    );
  }

  /**
   * What a stream of that kind carries when one completion has changed; undefined when nothing, which is so for
   * `final-only` until all have ended.
   */
  buildStreamed(index: number, kind: OutputKind, metrics?: RequestMetrics): RequestOutput | undefined {
    if (kind === 'final-only') return this.isFinished ? this.build(metrics) : undefined;
    const completion = this.completions[index]!;
    if (kind === 'cumulative') return this.#wrap([completion.build()], this.#promptLogprobs?.slice(), metrics);
    return this.#wrap([completion.buildDelta()], this.#takePromptLogprobs(), metrics);
  }

  /** All completions as a last output of a stream of that kind. */
  buildAll(kind: OutputKind, metrics?: RequestMetrics): RequestOutput {
    if (kind !== 'delta') return this.build(metrics);
    return this.#wrap(
      this.completions.map((completion) => completion.buildDelta()),
      this.#takePromptLogprobs(),
      metrics,
    );
  }

  #wrap(
    outputs: readonly CompletionOutput[],
    promptLogprobs: RequestOutput['promptLogprobs'],
    metrics: RequestMetrics | undefined,
  ): RequestOutput {
    return {
      requestId: this.requestId,
      prompt: this.#prompt.prompt,
      promptTokenIds: this.#prompt.promptTokenIds,
      promptLogprobs,
      outputs,
      finished: this.isFinished,
      metrics,
      numCachedTokens: this.#numCachedTokens,
    };
  }

  #takePromptLogprobs(): RequestOutput['promptLogprobs'] {
    const fresh = this.#promptLogprobs?.slice(this.#numPromptLogprobsDelivered) ?? [];
    this.#numPromptLogprobsDelivered += fresh.length;
    return fresh.length === 0 ? undefined : fresh;
  }

  #addPromptLogprobs(positions: readonly TokenLogprobs[]): void {
    const reported = this.#promptLogprobs;
    if (reported === undefined) return;
    for (const logprobs of positions) {
      const tokenId = this.#prompt.promptTokenIds[reported.length]!;
      reported.push(tokenLogprobMap(tokenId, logprobs, this.#decoder));
    }
  }
}
