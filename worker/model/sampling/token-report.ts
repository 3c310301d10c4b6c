import type { SampledToken } from '../../../src/llm/step-plan.js';
import { indexOfLargest } from './largest.js';
import { likeliestTokens } from './likeliest-tokens.js';
import { logSumExp } from './log-sum-exp.js';

/** What is said of a token beside itself. */
export type TokenReport = Omit<SampledToken, 'slot' | 'tokenId'>;

const nothing = { topTokenIds: new Int32Array(0), topLogprobs: new Float32Array(0) };

/** Where nobody asked: computing it would cost more than choosing the token. */
export const NO_REPORT: TokenReport = { logprob: 0, rank: 0, ...nothing };

function rankOf(logits: Float32Array, tokenId: number): number {
  const chosen = logits[tokenId]!;
  let rank = 1;
  for (let other = 0; other < logits.length; other++) if (logits[other]! > chosen) rank += 1;
  return rank;
}

/**
 * A token among its alternatives.
 * @param logits float32 [vocabSize], as the model gave them.
 * @param numTop likeliest tokens to name; as many as there are tokens at most.
 */
export function reportToken(logits: Float32Array, tokenId: number, numTop: number): TokenReport {
  const maximum = logits[indexOfLargest(logits)]!;
  const normalizer = logSumExp(logits, maximum);
  const topTokenIds = likeliestTokens(logits, Math.min(numTop, logits.length), maximum);
  return {
    logprob: logits[tokenId]! - normalizer,
    rank: rankOf(logits, tokenId),
    topTokenIds,
    topLogprobs: Float32Array.from(topTokenIds, (token) => logits[token]! - normalizer),
  };
}
