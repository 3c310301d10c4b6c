import type { EngineCoreOutput } from './engine/engine-core-request.js';
import { tokenLogprobMap } from './output-logprobs.js';
import type { CompletionOutput, TokenLogprobMap } from './outputs.js';
import type { SamplingParams } from './sampling-params.js';
import type { FinishReason } from './scheduler/request-status.js';
import { IncrementalDetokenizer, type TokenDecoder } from './tokenizer/incremental-detokenizer.js';

/** What one engine output added to a completion. */
export interface OutputDelta {
  /** Of the completion among the prompt's. */
  readonly index: number;
  /** Text that has become sure; empty while an unfinished character or a possible stop string is held back. */
  readonly text: string;
  readonly tokenIds: readonly number[];
}

/** How far a completion was when something was last delivered of it. */
interface Mark {
  readonly textLength: number;
  readonly numTokens: number;
}

const START: Mark = { textLength: 0, numTokens: 0 };

/** Turns the engine core's tokens of one completion into text and, at any time, into a {@link CompletionOutput}. */
export class CompletionBuilder {
  readonly index: number;
  readonly #params: SamplingParams;
  readonly #decoder: TokenDecoder;
  readonly #detokenizer: IncrementalDetokenizer;
  readonly #tokenIds: number[] = [];
  readonly #logprobs: TokenLogprobMap[] = [];
  #text = '';
  #cumulativeLogprob = 0;
  #finishReason: FinishReason | undefined;
  #stopReason: string | number | undefined;
  #delivered: Mark = START;

  constructor(index: number, params: SamplingParams, decoder: TokenDecoder) {
    this.index = index;
    this.#params = params;
    this.#decoder = decoder;
    this.#detokenizer = new IncrementalDetokenizer(decoder, params);
  }

  get finishReason(): FinishReason | undefined {
    return this.#finishReason;
  }

  get numTokens(): number {
    return this.#tokenIds.length;
  }

  /** Takes an output of the engine core. A stop string in it finishes the completion, also if the engine would go on. */
  add(output: EngineCoreOutput): OutputDelta {
    const { newTokenIds, newLogprobs } = output;
    this.#finishReason = output.finishReason;
    this.#stopReason = output.stopReason;
    this.#tokenIds.push(...newTokenIds);
    for (const [position, logprobs] of newLogprobs.entries()) {
      this.#cumulativeLogprob += logprobs.logprob;
      this.#logprobs.push(tokenLogprobMap(newTokenIds[position]!, logprobs, this.#decoder));
    }
    const text = this.#params.detokenize ? this.#addText(output) : '';
    this.#text += text;
    return { index: this.index, text, tokenIds: newTokenIds };
  }

  /** Ends it where it stands, with the text that was held back. */
  abort(): void {
    if (this.#finishReason !== undefined) return;
    this.#finishReason = 'abort';
    if (this.#params.detokenize) this.#text += this.#detokenizer.finish();
  }

  /** Everything so far. */
  build(): CompletionOutput {
    return this.#buildFrom(START);
  }

  /** What came since the last call of this. */
  buildDelta(): CompletionOutput {
    const delta = this.#buildFrom(this.#delivered);
    this.#delivered = { textLength: this.#text.length, numTokens: this.#tokenIds.length };
    return delta;
  }

  #buildFrom({ textLength, numTokens }: Mark): CompletionOutput {
    const hasLogprobs = this.#params.logprobs !== undefined;
    return {
      index: this.index,
      text: this.#text.slice(textLength),
      tokenIds: this.#tokenIds.slice(numTokens),
      cumulativeLogprob: hasLogprobs ? this.#cumulativeLogprob : undefined,
      logprobs: hasLogprobs ? this.#logprobs.slice(numTokens) : undefined,
      finishReason: this.#finishReason,
      stopReason: this.#stopReason,
    };
  }

  #addText({ newTokenIds, finishReason }: EngineCoreOutput): string {
    const isStopTokenHidden = finishReason === 'stop' && !this.#params.includeStopStrInOutput;
    const shown = isStopTokenHidden ? newTokenIds.slice(0, -1) : newTokenIds;
    let text = '';
    for (const tokenId of shown) text += this.#detokenizer.push(tokenId);
    if (finishReason !== undefined) text += this.#detokenizer.finish();
    if (this.#detokenizer.stopString !== undefined) {
      this.#finishReason = 'stop';
      this.#stopReason = this.#detokenizer.stopString;
    }
    return text;
  }
}
