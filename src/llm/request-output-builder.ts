import type { EngineCoreOutput, TokenLogprobs } from './engine/engine-core-request.js';
import type { CompletionOutput, Logprob, RequestOutput, TokenLogprobMap } from './outputs.js';
import type { TokenizedPrompt } from './prompt.js';
import type { SamplingParams } from './sampling-params.js';
import type { FinishReason } from './scheduler/request-status.js';
import { IncrementalDetokenizer, type TokenDecoder } from './tokenizer/incremental-detokenizer.js';

/** What one engine output added. */
export interface OutputDelta {
  /** Text that has become sure; empty while an unfinished character or a possible stop string is held back. */
  readonly text: string;
  readonly tokenIds: readonly number[];
}

/** Turns the engine core's tokens of one request into text and, at any time, into a {@link RequestOutput}. */
export class RequestOutputBuilder {
  readonly requestId: string;
  readonly #prompt: TokenizedPrompt;
  readonly #params: SamplingParams;
  readonly #decoder: TokenDecoder;
  readonly #detokenizer: IncrementalDetokenizer;
  readonly #tokenIds: number[] = [];
  readonly #logprobs: TokenLogprobMap[] = [];
  #cumulativeLogprob = 0;
  #finishReason: FinishReason | undefined;
  #stopReason: string | number | undefined;

  constructor(requestId: string, prompt: TokenizedPrompt, params: SamplingParams, decoder: TokenDecoder) {
    this.requestId = requestId;
    this.#prompt = prompt;
    this.#params = params;
    this.#decoder = decoder;
    this.#detokenizer = new IncrementalDetokenizer(decoder, params);
  }

  get isFinished(): boolean {
    return this.#finishReason !== undefined;
  }

  /** Takes an output of the engine core. A stop string in it finishes the request, also if the engine would go on. */
  add(output: EngineCoreOutput): OutputDelta {
    this.#finishReason = output.finishReason;
    this.#stopReason = output.stopReason;
    this.#tokenIds.push(...output.newTokenIds);
    for (const [index, logprobs] of output.newLogprobs.entries())
      this.#addLogprobs(output.newTokenIds[index]!, logprobs);
    const text = this.#params.detokenize ? this.#addText(output) : '';
    return { text, tokenIds: output.newTokenIds };
  }

  build(): RequestOutput {
    const hasLogprobs = this.#params.logprobs !== undefined;
    const completion: CompletionOutput = {
      index: 0,
      text: this.#detokenizer.text,
      tokenIds: [...this.#tokenIds],
      cumulativeLogprob: hasLogprobs ? this.#cumulativeLogprob : undefined,
      logprobs: hasLogprobs ? [...this.#logprobs] : undefined,
      finishReason: this.#finishReason,
      stopReason: this.#stopReason,
    };
    return { requestId: this.requestId, ...this.#prompt, outputs: [completion], finished: this.isFinished };
  }

  #addText({ newTokenIds, finishReason }: EngineCoreOutput): string {
    const isStopTokenHidden = finishReason === 'stop' && !this.#params.includeStopStrInOutput;
    const shown = isStopTokenHidden ? newTokenIds.slice(0, -1) : newTokenIds;
    let text = shown.map((tokenId) => this.#detokenizer.push(tokenId)).join('');
    if (finishReason !== undefined) text += this.#detokenizer.finish();
    if (this.#detokenizer.stopString !== undefined) {
      this.#finishReason = 'stop';
      this.#stopReason = this.#detokenizer.stopString;
    }
    return text;
  }

  #addLogprobs(tokenId: number, { logprob, topTokenIds, topLogprobs }: TokenLogprobs): void {
    this.#cumulativeLogprob += logprob;
    const entry = (id: number, value: number, rank: number | undefined): [number, Logprob] => [
      id,
      { logprob: value, rank, decodedToken: this.#decoder.decode([id], { skipSpecialTokens: false }) },
    ];
    const top = topTokenIds.map((id, index) => entry(id, topLogprobs[index]!, index + 1));
    this.#logprobs.push(new Map([entry(tokenId, logprob, undefined), ...top]));
  }
}
