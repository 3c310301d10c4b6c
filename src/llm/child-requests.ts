import type { EngineCoreRequest } from './engine/engine-core-request.js';

/**
 * The requests that give n completions of one prompt, as vLLM fans them out: child i has the id `i_parent` and, when the
 * parent has a seed, that seed plus i, so that the completions differ and can be had again. The first alone reports on the
 * prompt, which is the same for all.
 */
export function childRequests(parent: EngineCoreRequest, n: number): readonly EngineCoreRequest[] {
  if (n === 1) return [parent];
  const { requestId, sampling } = parent;
  return Array.from({ length: n }, (_, index) => ({
    ...parent,
    requestId: `${index}_${requestId}`,
    sampling: {
      ...sampling,
      seed: sampling.seed === undefined ? undefined : sampling.seed + index,
      numPromptLogprobs: index === 0 ? sampling.numPromptLogprobs : -1,
    },
  }));
}
