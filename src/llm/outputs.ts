import type { FinishReason } from './scheduler/request-status.js';

/** One token's log-probability under the model, before temperature and filters. */
export interface Logprob {
  /** Natural logarithm. */
  readonly logprob: number;
  /** 1 for the likeliest token; undefined when the token is not among the reported likeliest. */
  readonly rank: number | undefined;
  readonly decodedToken: string;
}

/** By token id: the chosen token and the likeliest ones. */
export type TokenLogprobMap = ReadonlyMap<number, Logprob>;

/** One completion of a prompt. */
export interface CompletionOutput {
  /** Of the completions of one prompt; always 0. */
  readonly index: number;
  /** Without the stop string or stop token's text, unless `includeStopStrInOutput`. Empty without `detokenize`. */
  readonly text: string;
  /** With the token that ended it. */
  readonly tokenIds: readonly number[];
  /** Sum of the chosen tokens' log-probabilities; undefined unless `logprobs` was asked for. */
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
  readonly outputs: readonly CompletionOutput[];
  readonly finished: boolean;
}
