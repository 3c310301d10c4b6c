import type { FinishReason } from '../scheduler/request-status.js';
import type { GrammarSpec } from '../structured-output/grammar-spec.js';

/** What of SamplingParams changes a request's logits. Token ids are in the vocabulary, each of a list at most once. */
export interface RequestConstraints {
  /** 1 changes nothing. */
  readonly repetitionPenalty: number;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  /** Empty allows all. */
  readonly allowedTokenIds: readonly number[];
  /** The words as tokens; none is empty. */
  readonly badWordsTokenIds: readonly (readonly number[])[];
  /** Pairs of a token id and what is added to its logit. */
  readonly logitBias: readonly (readonly [number, number])[];
}

/** The part of SamplingParams that the engine core acts on; text is the front end's. */
export interface RequestSampling {
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 keeps all. */
  readonly minP: number;
  readonly topP: number;
  /** 0 keeps all. */
  readonly topK: number;
  readonly seed: number | undefined;
  /** At least 1; the model's length limits it further. */
  readonly maxTokens: number;
  /** Before it has so many, tokens that would end the output are not chosen. */
  readonly minTokens: number;
  readonly stopTokenIds: readonly number[];
  readonly ignoreEos: boolean;
  /** -1 reports none. */
  readonly numLogprobs: number;
  /** Of the prompt's tokens; -1 reports none. */
  readonly numPromptLogprobs: number;
  /** Compute the whole prompt, whatever of it is in the cache. */
  readonly skipReadingPrefixCache: boolean;
  /** Undefined: none. */
  readonly constraints?: RequestConstraints | undefined;
}

/** A validated request, as it is sent to the engine core's thread. */
export interface EngineCoreRequest {
  readonly requestId: string;
  readonly promptTokenIds: readonly number[];
  readonly sampling: RequestSampling;
  /** What the output has to follow; undefined: nothing. */
  readonly grammar?: GrammarSpec | undefined;
  /** Lower is served first, when the scheduling policy is `priority`. Default 0. */
  readonly priority: number;
  /** Only requests with the same salt share cached prefixes; undefined is one of its own. */
  readonly cacheSalt: string | undefined;
  /** Milliseconds on a monotonic clock of the client; decides between equal priorities. */
  readonly arrivalTime: number;
  /** The replica that is to serve it; default: the one with the least to do. */
  readonly dataParallelRank?: number | undefined;
}

/** Log-probabilities at one position: of the token that is there and of the likeliest ones; natural logarithms. */
export interface TokenLogprobs {
  readonly logprob: number;
  /** Of the token that is there, in the whole vocabulary: one more than there are likelier tokens. */
  readonly rank: number;
  /** Best first. */
  readonly topTokenIds: readonly number[];
  readonly topLogprobs: readonly number[];
}

/** One new token of a request, or its end. */
export interface EngineCoreOutput {
  readonly requestId: string;
  readonly newTokenIds: readonly number[];
  /** One for each new token; empty when none were asked for. */
  readonly newLogprobs: readonly TokenLogprobs[];
  /** With the first token, when they were asked for: one for each token of the prompt but the first. */
  readonly newPromptLogprobs?: readonly TokenLogprobs[] | undefined;
  /** Set on the request's last output. */
  readonly finishReason: FinishReason | undefined;
  /** The entry of `stopTokenIds` that ended it; undefined when an end token of the model did, or something else. */
  readonly stopReason: number | undefined;
  /** Prompt tokens that were found in the prefix cache rather than computed; set on the request's first output. */
  readonly numCachedTokens?: number | undefined;
}
