import { numOutputTokens, numTokens, type Request } from './request.js';
import type { RequestStatus } from './request-status.js';
import type { SchedulerConfig } from './scheduler-config.js';

export interface Stop {
  readonly status: Extract<RequestStatus, 'FINISHED_STOPPED' | 'FINISHED_LENGTH_CAPPED'>;
  /** The stop token that did it, unless it is the model's end token. */
  readonly stopReason: number | undefined;
}

/**
 * Whether the request ends with its last token; undefined when it goes on. In vLLM's order: not before `minTokens`, end
 * tokens of the model, stop tokens of the request, lengths.
 */
export function checkStop(
  request: Request,
  limits: Pick<SchedulerConfig, 'maxModelLen' | 'eosTokenIds'>,
): Stop | undefined {
  const { sampling } = request;
  const lastTokenId = request.tokenIds.at(-1)!;
  const isTooLong = numTokens(request) >= limits.maxModelLen;
  if (numOutputTokens(request) >= sampling.minTokens) {
    if (!sampling.ignoreEos && limits.eosTokenIds.includes(lastTokenId)) {
      return { status: 'FINISHED_STOPPED', stopReason: undefined };
    }
    if (sampling.stopTokenIds.includes(lastTokenId)) return { status: 'FINISHED_STOPPED', stopReason: lastTokenId };
  }
  if (isTooLong || numOutputTokens(request) >= sampling.maxTokens) {
    return { status: 'FINISHED_LENGTH_CAPPED', stopReason: undefined };
  }
  return undefined;
}
