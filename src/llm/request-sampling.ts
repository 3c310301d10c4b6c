import { badWordsTokenIds, type TextEncoder } from './bad-words.js';
import type { RequestConstraints, RequestSampling } from './engine/engine-core-request.js';
import type { SamplingParams } from './sampling-params.js';

/** What the translation depends on besides the parameters. */
export interface SamplingContext {
  /** Tokens that the model's length leaves for the output. */
  readonly maxOutputTokens: number;
  readonly vocabSize: number;
  readonly tokenizer: TextEncoder;
}

const unique = <Item>(items: readonly Item[] = []): Item[] => [...new Set(items)];

/** Undefined when nothing changes the logits. */
function constraintsOf(params: SamplingParams, tokenizer: TextEncoder): RequestConstraints | undefined {
  const { repetitionPenalty, frequencyPenalty, presencePenalty, badWords, logitBias, allowedTokenIds } = params;
  const hasPenalty = repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0;
  if (!hasPenalty && badWords.length === 0 && logitBias.size === 0 && allowedTokenIds === undefined) return undefined;
  return {
    repetitionPenalty,
    frequencyPenalty,
    presencePenalty,
    allowedTokenIds: unique(allowedTokenIds),
    badWordsTokenIds: badWordsTokenIds(params, tokenizer),
    logitBias: [...logitBias],
  };
}

/** How many likeliest tokens are reported; -1 for none. */
const numReported = (logprobs: number | undefined, vocabSize: number): number =>
  logprobs === -1 ? vocabSize : (logprobs ?? -1);

/** The part of the parameters that the engine core acts on. */
export function requestSampling(
  params: SamplingParams,
  { maxOutputTokens, vocabSize, tokenizer }: SamplingContext,
): RequestSampling {
  return {
    temperature: params.temperature,
    topP: params.topP,
    topK: params.topK,
    minP: params.minP,
    seed: params.seed,
    maxTokens: params.maxTokens ?? maxOutputTokens,
    minTokens: params.minTokens,
    stopTokenIds: unique(params.stopTokenIds),
    ignoreEos: params.ignoreEos,
    numLogprobs: numReported(params.logprobs, vocabSize),
    numPromptLogprobs: numReported(params.promptLogprobs, vocabSize),
    skipReadingPrefixCache: params.skipReadingPrefixCache,
    constraints: constraintsOf(params, tokenizer),
  };
}
