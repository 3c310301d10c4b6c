import type { RequestOutput, SamplingParams, TokenLogprobMap } from '../llm/index.js';

/** The likeliest tokens as [id, log-probability], best first; the chosen token only if it is one of them. */
function likeliest(tokens: TokenLogprobMap | undefined, count: number): [number, number][] | null {
  if (tokens === undefined) return null;
  return [...tokens]
    .filter(([, { rank }]) => rank > 0 && rank <= count)
    .sort(([, left], [, right]) => left.rank - right.rank)
    .map(([tokenId, { logprob }]) => [tokenId, logprob]);
}

/** A JSON object for every completion of the prompt with this index. */
export function completionLines(index: number, output: RequestOutput, { n, logprobs = 0 }: SamplingParams): object[] {
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
    logprobs: completion.logprobs?.map((tokens) => likeliest(tokens, logprobs)),
    prompt_logprobs: promptLogprobs?.map((tokens) => likeliest(tokens, Number.POSITIVE_INFINITY)),
  }));
}
