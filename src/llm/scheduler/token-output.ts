import type { EngineCoreOutput, TokenLogprobs } from '../engine/engine-core-request.js';
import type { SampledToken } from '../step-plan.js';
import { numOutputTokens, type Request } from './request.js';
import { finishReasonOf } from './request-status.js';
import type { Stop } from './stop-condition.js';

function reportedLogprobs(request: Request, sampled: SampledToken): TokenLogprobs[] {
  if (request.sampling.numLogprobs < 0) return [];
  const { logprob, rank, topTokenIds, topLogprobs } = sampled;
  return [{ logprob, rank, topTokenIds: Array.from(topTokenIds), topLogprobs: Array.from(topLogprobs) }];
}

/** What its first output says of a request beside the token. */
function firstOutput({ numCachedTokens, promptLogprobs, sampling }: Request): Partial<EngineCoreOutput> {
  return sampling.numPromptLogprobs < 0 ? { numCachedTokens } : { numCachedTokens, newPromptLogprobs: promptLogprobs };
}

/** What is reported of a token that was just appended to its request. */
export function tokenOutput(request: Request, sampled: SampledToken, stop: Stop | undefined): EngineCoreOutput {
  return {
    requestId: request.requestId,
    newTokenIds: [sampled.tokenId],
    newLogprobs: reportedLogprobs(request, sampled),
    finishReason: finishReasonOf(request.status),
    stopReason: stop?.stopReason,
    ...(numOutputTokens(request) === 1 ? firstOutput(request) : {}),
  };
}
