import type { RequestSampling } from './engine/engine-core-request.js';
import type { SamplingParams } from './sampling-params.js';

/** The part of the parameters that the engine core acts on, with the most tokens that the model's length leaves. */
export function requestSampling(params: SamplingParams, maxOutputTokens: number): RequestSampling {
  return {
    temperature: params.temperature,
    topP: params.topP,
    topK: params.topK,
    seed: params.seed,
    maxTokens: params.maxTokens ?? maxOutputTokens,
    minTokens: params.minTokens,
    stopTokenIds: params.stopTokenIds,
    ignoreEos: params.ignoreEos,
    numLogprobs: params.logprobs ?? -1,
  };
}
