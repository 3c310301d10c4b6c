import type { SlotSampling } from '../../../src/llm/step-plan.js';
import type { LikeliestTokens } from './likeliest-tokens.js';

/** Tokens to choose from: `tokenAt(0)` to `tokenAt(count - 1)`. */
interface Candidates {
  readonly count: number;
  readonly tokenAt: (index: number) => number;
  /** Probability of a token, relative to that of the likeliest one. */
  readonly weigh: (tokenId: number) => number;
}

/** Sum of the candidates' weights. */
function sumWeights({ count, tokenAt, weigh }: Candidates): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += weigh(tokenAt(index));
  return sum;
}

/** Tokens equal to the k-th stay as well, as in vLLM. */
function countTopK(logits: Float32Array, likeliest: LikeliestTokens, topK: number): number {
  const threshold = logits[likeliest.at(topK - 1)]!;
  let count = topK;
  while (count < logits.length && logits[likeliest.at(count)]! === threshold) count++;
  return count;
}

function keepTopK(candidates: Candidates, logits: Float32Array, likeliest: LikeliestTokens, topK: number): Candidates {
  if (topK === 0 || topK >= logits.length) return candidates;
  return { ...candidates, count: countTopK(logits, likeliest, topK), tokenAt: (index) => likeliest.at(index) };
}

/** A token stays while the likelier ones add up to less than `topP` of what top-k left. The first always stays. */
function keepTopP(candidates: Candidates, likeliest: LikeliestTokens, topP: number): Candidates {
  if (topP >= 1) return candidates;
  const enough = topP * sumWeights(candidates);
  let count = 1;
  for (let sum = candidates.weigh(likeliest.at(0)); sum < enough && count < candidates.count; count++) {
    sum += candidates.weigh(likeliest.at(count));
  }
  return { ...candidates, count, tokenAt: (index) => likeliest.at(index) };
}

/** The candidate whose share of the total weight `uniform`, in [0, 1), falls into. */
function pick(candidates: Candidates, uniform: number): number {
  const { count, tokenAt, weigh } = candidates;
  let remaining = uniform * sumWeights(candidates);
  for (let index = 0; index < count; index++) {
    remaining -= weigh(tokenAt(index));
    if (remaining < 0) return tokenAt(index);
  }
  // Rounding may leave a rest, which belongs to the last one.
  return tokenAt(count - 1);
}

/**
 * Chooses a token at random: temperature first, then top-k, then top-p on the rest, as vLLM's sampler.
 * @param likeliest - the same logits in descending order; asked only as far as the filters need.
 * @param uniform - in [0, 1); decides.
 */
export function chooseToken(
  logits: Float32Array,
  likeliest: LikeliestTokens,
  { temperature, topK, topP }: SlotSampling,
  uniform: number,
): number {
  const maximum = logits[likeliest.at(0)]!;
  const all: Candidates = {
    count: logits.length,
    tokenAt: (index) => index,
    weigh: (tokenId) => Math.exp((logits[tokenId]! - maximum) / temperature),
  };
  return pick(keepTopP(keepTopK(all, logits, likeliest, topK), likeliest, topP), uniform);
}
