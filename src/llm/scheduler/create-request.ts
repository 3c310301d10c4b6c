import type { EngineCoreRequest } from '../engine/engine-core-request.js';
import type { Request } from './request.js';
import { samplingSeed } from './sampling-seed.js';

/** A request as it arrives. @param index order of arrival. */
export function createRequest(
  { requestId, promptTokenIds, sampling, priority, arrivalTime, cacheSalt, grammar }: EngineCoreRequest,
  index: number,
  engineSeed: number,
): Request {
  return {
    requestId,
    index,
    priority,
    arrivalTime,
    cacheSalt,
    skipsPrefixCache: sampling.skipReadingPrefixCache,
    numPromptTokens: promptTokenIds.length,
    sampling,
    grammarSpec: grammar,
    grammar: undefined,
    samplingSeed: samplingSeed(sampling.seed, engineSeed, index),
    tokenIds: [...promptTokenIds],
    numComputedTokens: 0,
    status: grammar === undefined ? 'WAITING' : 'WAITING_FOR_GRAMMAR',
    numPreemptions: 0,
    blockHashes: [],
    resident: undefined,
    numCachedTokens: undefined,
    promptLogprobs: [],
  };
}
