import type { SampledToken } from '../../src/llm/step-plan.js';
import type { HfGoldenCase } from './hf-golden.js';
import type { LocalPipeline } from './local-pipeline.js';
import { greedy, prefill } from './passes.js';

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const centred = (values: readonly number[]): number[] => {
  const middle = mean(values);
  return values.map((value) => value - middle);
};

/** Squares of a token's errors and of transformers' logits, both without what is the same for all tokens. */
function squares({ topTokenIds, topLogprobs }: SampledToken, logits: Float32Array): { error: number; logit: number } {
  const expected = centred(Array.from(topTokenIds, (tokenId) => logits[tokenId]!));
  const observed = centred(Array.from(topLogprobs));
  return {
    error: mean(observed.map((value, index) => (value - expected[index]!) ** 2)),
    logit: mean(expected.map((value) => value ** 2)),
  };
}

/**
 * Root mean square of the errors of all logits of a prompt, as a share of that of the logits. The prompt is given token by token
 * in one pass each.
 */
export function logitError(pipeline: LocalPipeline, { prompt, logits }: HfGoldenCase): number {
  const sampled = pipeline.execute({
    slotSamplings: [greedy(0, logits[0]!.length)],
    passes: prompt.map((tokenId, index) => prefill(0, [tokenId], index)),
  });
  const all = sampled.map((token, index) => squares(token, logits[index]!));
  return Math.sqrt(mean(all.map(({ error }) => error)) / mean(all.map(({ logit }) => logit)));
}
