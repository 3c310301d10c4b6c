import { exponentialOfNegative, NEGLIGIBLE_BELOW } from './exponential.js';

/** log Σ exp(logit), given the largest logit; minus infinity stands for an impossible token. */
export function logSumExp(logits: Float32Array, maximum: number): number {
  let sum = 0;
  for (let token = 0; token < logits.length; token++) {
    const below = maximum - logits[token]!;
    if (below <= NEGLIGIBLE_BELOW) sum += exponentialOfNegative(below);
  }
  return maximum + Math.log(sum);
}
