import { GREEDY_TEMPERATURE, type SampledToken, type SlotSampling } from '../../../src/llm/step-plan.js';
import { LikeliestTokens } from './likeliest-tokens.js';
import { logSumExp } from './log-sum-exp.js';
import { uniformAt } from './philox.js';
import { chooseToken } from './token-choice.js';

const NO_TOKEN_IDS = new Int32Array(0);
const NO_LOGPROBS = new Float32Array(0);

/** Index of the largest value, the first of equals. */
function argmax(logits: Float32Array): number {
  let best = 0;
  let bestLogit = logits[0]!;
  for (let tokenId = 1; tokenId < logits.length; tokenId++) {
    if (logits[tokenId]! > bestLogit) {
      bestLogit = logits[tokenId]!;
      best = tokenId;
    }
  }
  return best;
}

/** One more than there are larger logits. */
function rankOf(logits: Float32Array, tokenId: number): number {
  const chosen = logits[tokenId]!;
  let rank = 1;
  for (let other = 0; other < logits.length; other++) if (logits[other]! > chosen) rank += 1;
  return rank;
}

function sampleLikeliest(logits: Float32Array, slot: number): SampledToken {
  const tokenId = argmax(logits);
  const maximum = logits[tokenId]!;
  const logprob = maximum - logSumExp(logits, maximum);
  return { slot, tokenId, logprob, rank: 1, topTokenIds: NO_TOKEN_IDS, topLogprobs: NO_LOGPROBS };
}

/**
 * Chooses the token that follows a row: a pure function of its arguments, so a sequence's tokens don't depend on what
 * else is in the batch.
 * @param logits - float32 [vocabSize], finite; not kept.
 * @param position - the position that the new token will have in its sequence; with the seed it decides the random choice.
 */
export function sampleToken(logits: Float32Array, sampling: SlotSampling, position: number): SampledToken {
  const { slot, temperature, seed, numLogprobs } = sampling;
  const isGreedy = temperature < GREEDY_TEMPERATURE;
  if (isGreedy && numLogprobs <= 0) return sampleLikeliest(logits, slot);

  const likeliest = new LikeliestTokens(logits);
  const tokenId = isGreedy ? likeliest.at(0) : chooseToken(logits, likeliest, sampling, uniformAt(seed, position));
  const normalizer = logSumExp(logits, logits[likeliest.at(0)]!);
  const numTop = Math.min(Math.max(numLogprobs, 0), logits.length);
  const topTokenIds = Int32Array.from({ length: numTop }, (_, rank) => likeliest.at(rank));
  const topLogprobs = Float32Array.from(topTokenIds, (token) => logits[token]! - normalizer);
  const rank = rankOf(logits, tokenId);
  return { slot, tokenId, logprob: logits[tokenId]! - normalizer, rank, topTokenIds, topLogprobs };
}
