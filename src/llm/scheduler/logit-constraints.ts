import type { RequestConstraints } from '../engine/engine-core-request.js';
import type { LogitConstraints } from '../step-plan.js';
import { numOutputTokens, type Request } from './request.js';

const NO_CONSTRAINTS: RequestConstraints = {
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  allowedTokenIds: [],
  badWordsTokenIds: [],
  logitBias: [],
};

const isEndForbidden = (request: Request): boolean => numOutputTokens(request) < request.sampling.minTokens;

/** Penalties and words of several tokens look back at the output. */
function looksBack({ repetitionPenalty, frequencyPenalty, presencePenalty, badWordsTokenIds }: RequestConstraints) {
  return (
    repetitionPenalty !== 1 ||
    frequencyPenalty !== 0 ||
    presencePenalty !== 0 ||
    badWordsTokenIds.some((word) => word.length > 1)
  );
}

/** What the ranks hold the request's logits to from now on; undefined when they take them as they are. */
export function logitConstraints(request: Request, eosTokenIds: readonly number[]): LogitConstraints | undefined {
  const { sampling, tokenIds, numPromptTokens } = request;
  if (sampling.constraints === undefined && !isEndForbidden(request)) return undefined;
  const constraints = sampling.constraints ?? NO_CONSTRAINTS;
  const { repetitionPenalty, frequencyPenalty, presencePenalty, logitBias } = constraints;
  return {
    repetitionPenalty,
    frequencyPenalty,
    presencePenalty,
    allowedTokenIds: Int32Array.from(constraints.allowedTokenIds),
    badWords: constraints.badWordsTokenIds.map((word) => Int32Array.from(word)),
    biasedTokenIds: Int32Array.from(logitBias, ([tokenId]) => tokenId),
    biases: Float32Array.from(logitBias, ([, bias]) => bias),
    endTokenIds: Int32Array.from(isEndForbidden(request) ? new Set([...eosTokenIds, ...sampling.stopTokenIds]) : []),
    minLength: numPromptTokens + sampling.minTokens,
    promptTokenIds: Int32Array.from(repetitionPenalty === 1 ? [] : new Set(tokenIds.slice(0, numPromptTokens))),
    outputTokenIds: Int32Array.from(looksBack(constraints) ? tokenIds.slice(numPromptTokens) : []),
  };
}

/** At least as many 32-bit words as the request's constraints take in a plan, without looking at its tokens. */
export function numConstraintWords({ sampling, tokenIds }: Request): number {
  const { constraints, minTokens, stopTokenIds } = sampling;
  const endWords = minTokens > 0 ? stopTokenIds.length : 0;
  if (constraints === undefined) return endWords;
  const { allowedTokenIds, badWordsTokenIds, logitBias } = constraints;
  const badWords = badWordsTokenIds.reduce((sum, word) => sum + 1 + word.length, 0);
  const historyWords = looksBack(constraints) ? tokenIds.length : 0;
  return endWords + allowedTokenIds.length + badWords + 2 * logitBias.length + historyWords;
}
