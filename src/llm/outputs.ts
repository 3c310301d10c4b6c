import type { RequestMetrics } from './metrics/request-times.js';
import type { FinishReason } from './scheduler/request-status.js';

/** One token's log-probability under the model, before temperature and filters. */
export interface Logprob {
  /** Natural logarithm. */
  readonly logprob: number;
  /** Among the whole vocabulary; 1 is the likeliest token. */
  readonly rank: number;
  readonly decodedToken: string;
}

/** By token id: the chosen token (of a prompt: the token that is there) first, then the likeliest ones. */
export type TokenLogprobMap = ReadonlyMap<number, Logprob>;

/** One completion of a prompt. */
export interface CompletionOutput {
  /** Of the completions of one prompt, from 0 to n - 1. */
  readonly index: number;
  /** Without the stop string or stop token's text, unless `includeStopStrInOutput`. Empty without `detokenize`. */
  readonly text: string;
  /** With the token that ended it. */
  readonly tokenIds: readonly number[];
  /** Sum of the chosen tokens' log-probabilities so far; undefined unless `logprobs` was asked for. */
  readonly cumulativeLogprob: number | undefined;
  /** One entry for each token; undefined unless `logprobs` was asked for. */
  readonly logprobs: readonly TokenLogprobMap[] | undefined;
  readonly finishReason: FinishReason | undefined;
  /** The stop string or stop token that ended it; undefined for the model's own end token and other reasons. */
  readonly stopReason: string | number | undefined;
}

/** What became of one prompt; names are vLLM's in camelCase. */
export interface RequestOutput {
  readonly requestId: string;
  /** Undefined when the prompt was given as token ids. */
  readonly prompt: string | undefined;
  readonly promptTokenIds: readonly number[];
  /**
   * One entry for each token of the prompt, undefined for the first, which nothing precedes. Undefined unless
   * `promptLogprobs` was asked for, and in streams of deltas after the first output.
   */
  readonly promptLogprobs: readonly (TokenLogprobMap | undefined)[] | undefined;
  /** Of a finished request all completions, by index; in a stream those that changed. */
  readonly outputs: readonly CompletionOutput[];
  /** All completions have ended. */
  readonly finished: boolean;
  /** Undefined with `disableLogStats`. With n > 1 those of the completion that finished last. */
  readonly metrics: RequestMetrics | undefined;
  /** Tokens of the prompt that were found in the prefix cache; undefined until the first token. */
  readonly numCachedTokens: number | undefined;
}

/** Which part of the outputs a stream carries, as vLLM's RequestOutputKind. */
export type OutputKind = 'cumulative' | 'delta' | 'final-only';
