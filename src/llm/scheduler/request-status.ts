import type { Transitions } from '../../core/index.js';

/**
 * Where a request stands (vLLM's RequestStatus):
 *
 *     WAITING_FOR_GRAMMAR ──► WAITING
 *
 *     WAITING ──► RUNNING ──► FINISHED_STOPPED, FINISHED_LENGTH_CAPPED
 *                 │     ▲
 *                 ▼     │            from any but the finished ones:
 *                PREEMPTED           FINISHED_ABORTED
 */
export type RequestStatus =
  /** Not in the queue yet: the grammar that its output follows is still to be compiled. */
  | 'WAITING_FOR_GRAMMAR'
  | 'WAITING'
  | 'RUNNING'
  | 'PREEMPTED'
  | 'FINISHED_STOPPED'
  | 'FINISHED_LENGTH_CAPPED'
  | 'FINISHED_ABORTED';

export const requestTransitions: Transitions<RequestStatus> = {
  WAITING_FOR_GRAMMAR: ['WAITING', 'FINISHED_ABORTED'],
  WAITING: ['RUNNING', 'FINISHED_ABORTED'],
  RUNNING: ['PREEMPTED', 'FINISHED_STOPPED', 'FINISHED_LENGTH_CAPPED', 'FINISHED_ABORTED'],
  PREEMPTED: ['RUNNING', 'FINISHED_ABORTED'],
  FINISHED_STOPPED: [],
  FINISHED_LENGTH_CAPPED: [],
  FINISHED_ABORTED: [],
};

/** Why a request ended, as its output reports it. */
export type FinishReason = 'stop' | 'length' | 'abort';

const finishReasons: Readonly<Partial<Record<RequestStatus, FinishReason>>> = {
  FINISHED_STOPPED: 'stop',
  FINISHED_LENGTH_CAPPED: 'length',
  FINISHED_ABORTED: 'abort',
};

/** Undefined while the request has not finished. */
export function finishReasonOf(status: RequestStatus): FinishReason | undefined {
  return finishReasons[status];
}
