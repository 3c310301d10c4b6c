import type { RayError } from '../../core/index.js';
import { type Draft, type RendezvousReply, toErrorDetail } from '../../rpc/index.js';

/** What a request came to: the values that were asked for, or why there are none. */
export type Outcome = readonly string[] | RayError;

/** Answers one request, once; later calls do nothing. */
export type Answer = (outcome: Outcome) => void;

/** Who asks, and how long it waits. */
export interface PendingRequest {
  readonly requestId: number;
  readonly timeoutMs: number;
  readonly send: (reply: Draft<RendezvousReply>) => void;
}

/** @param tooLate makes the answer when nobody gave one in time; what else must be undone is done in there. */
export function answerInTime({ requestId, timeoutMs, send }: PendingRequest, tooLate: () => RayError): Answer {
  let state: 'open' | 'answered' = 'open';
  const answer: Answer = (outcome) => {
    if (state === 'answered') return;
    state = 'answered';
    clearTimeout(timer);
    send({ result: resultOf(requestId, outcome) });
  };
  // The meeting keeps its process alive while it lasts; a wait that nobody answers must not do so after it.
  const timer = setTimeout(() => answer(tooLate()), timeoutMs).unref();
  return answer;
}

export function resultOf(requestId: number, outcome: Outcome): NonNullable<Draft<RendezvousReply>['result']> {
  return outcome instanceof Error
    ? { requestId, values: [], error: toErrorDetail(outcome) }
    : { requestId, values: [...outcome] };
}
