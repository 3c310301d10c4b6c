import { findCutAfter, isWithin } from './find-cut.js';

/**
 * The `count` likeliest tokens, best first; equal ones in the order of their ids.
 * @param count from 0 to the number of logits.
 * @param maximum the largest logit.
 */
export function likeliestTokens(logits: Float32Array, count: number, maximum: number): Int32Array {
  const tokenIds = new Int32Array(count);
  if (count === 0) return tokenIds;
  const cut = findCutAfter(logits, maximum, count);
  let found = 0;
  for (let token = 0; token < logits.length && found < count; token++) {
    if (isWithin(cut, logits[token]!, token)) tokenIds[found++] = token;
  }
  return tokenIds.sort((left, right) => logits[right]! - logits[left]! || left - right);
}
