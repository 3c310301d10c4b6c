import type { TokenLogprobs } from '../engine/engine-core-request.js';
import type { PromptLogprobs, PromptLogprobsSpec } from '../step-plan.js';
import type { Request } from './request.js';

/**
 * What is reported with the chunk of `numTokens` tokens that the request computes next; undefined for nothing. Each token
 * tells of the one behind it, so the prompt's last token tells of none. What was reported before a preemption is not
 * reported again.
 */
export function promptLogprobsSpec(request: Request, numTokens: number): PromptLogprobsSpec | undefined {
  const { sampling, tokenIds, numPromptTokens, numComputedTokens, promptLogprobs } = request;
  if (sampling.numPromptLogprobs < 0) return undefined;
  const first = Math.max(numComputedTokens, promptLogprobs.length);
  const end = Math.min(numComputedTokens + numTokens, numPromptTokens - 1);
  if (end <= first) return undefined;
  return {
    firstToken: first - numComputedTokens,
    targetTokenIds: Int32Array.from(tokenIds.slice(first + 1, end + 1)),
    numLogprobs: sampling.numPromptLogprobs,
  };
}

/** The positions of a report, one by one. */
export function tokenLogprobsOf({ logprobs, ranks, topTokenIds, topLogprobs }: PromptLogprobs): TokenLogprobs[] {
  const numTop = topTokenIds.length / logprobs.length;
  return Array.from(logprobs, (logprob, position) => {
    const start = position * numTop;
    return {
      logprob,
      rank: ranks[position]!,
      topTokenIds: Array.from(topTokenIds.subarray(start, start + numTop)),
      topLogprobs: Array.from(topLogprobs.subarray(start, start + numTop)),
    };
  });
}
