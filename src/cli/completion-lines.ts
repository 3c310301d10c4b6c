import type { RequestOutput, SamplingParams, TokenLogprobMap } from '../llm/index.js';

/** The tokens that are reported at a position, as [id, log-probability], best first. */
function byRank(tokens: TokenLogprobMap | undefined): [number, number][] | null {
  if (tokens === undefined) return null;
  return [...tokens]
    .sort(([, left], [, right]) => left.rank - right.rank)
    .map(([tokenId, { logprob }]) => [tokenId, logprob]);
}

/** A JSON object for every completion of the prompt with this index. */
export function completionLines(index: number, output: RequestOutput, { n }: SamplingParams): object[] {
  const { promptTokenIds, promptLogprobs, numCachedTokens, outputs } = output;
  return outputs.map((completion) => ({
    index,
    completion: n === 1 ? undefined : completion.index,
    prompt_token_ids: promptTokenIds,
    num_cached_tokens: numCachedTokens,
    token_ids: completion.tokenIds,
    text: completion.text,
    finish_reason: completion.finishReason,
    stop_reason: completion.stopReason,
    cumulative_logprob: completion.cumulativeLogprob,
    logprobs: completion.logprobs?.map(byRank),
    prompt_logprobs: promptLogprobs?.map(byRank),
  }));
}
