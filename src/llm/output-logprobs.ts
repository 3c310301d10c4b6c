import type { TokenLogprobs } from './engine/engine-core-request.js';
import type { Logprob, TokenLogprobMap } from './outputs.js';
import type { TokenDecoder } from './tokenizer/incremental-detokenizer.js';

/** The report of one position: the token that is there, then the likeliest ones, each with its text. */
export function tokenLogprobMap(
  tokenId: number,
  { logprob, topTokenIds, topLogprobs, rank }: TokenLogprobs,
  decoder: TokenDecoder,
): TokenLogprobMap {
  const entry = (id: number, value: number, rankOfId: number): [number, Logprob] => [
    id,
    { logprob: value, rank: rankOfId, decodedToken: decoder.decode([id], { skipSpecialTokens: false }) },
  ];
  const top = topTokenIds.map((id, index) => entry(id, topLogprobs[index]!, index + 1));
  return new Map([entry(tokenId, logprob, rank), ...top]);
}
