import type { RayError } from '../core/index.js';
import { fromErrorDetail } from './error-detail.js';
import type { AnswerBatch, BatchedAnswer, CallBatch } from './generated/rayts.js';
import type { MessageStream } from './message-stream.js';

/** A call, encoded, that goes with others. */
export interface BatchableCall {
  readonly method: string;
  readonly request: Uint8Array;
  readonly deadlineMs: number;
  /** @param response encoded. */
  readonly onResponse: (response: Uint8Array) => void;
  readonly onError: (error: RayError) => void;
}

/** What becomes of calls that are not answered. */
export interface Unanswered {
  readonly inTime: (deadlineMs: number) => RayError;
  /** The stream has ended before. */
  readonly atAll: () => RayError;
}

/** Sends calls as one message. Each of them is answered, or fails, by itself: a slow one holds nobody up. */
export function sendBatch(
  stream: MessageStream<AnswerBatch, CallBatch>,
  calls: readonly BatchableCall[],
  unanswered: Unanswered,
): void {
  const open = new Map(calls.map((call, index) => [index, { call, timer: expireAfter(call.deadlineMs, index) }]));

  function take(index: number): BatchableCall | undefined {
    const entry = open.get(index);
    clearTimeout(entry?.timer);
    open.delete(index);
    return entry?.call;
  }

  function expireAfter(deadlineMs: number, index: number): NodeJS.Timeout {
    return setTimeout(() => {
      take(index)?.onError(unanswered.inTime(deadlineMs));
      if (open.size === 0) stream.close();
    }, deadlineMs);
  }

  stream.receive(({ answers }) => {
    for (const answer of answers) {
      const call = take(answer.index);
      if (call) settle(call, answer);
    }
  });
  stream.onEnd((end) => {
    for (const index of [...open.keys()]) take(index)?.onError(end ?? unanswered.atAll());
  });
  void stream.send({ calls: calls.map(({ method, request }) => ({ method, request })) });
}

function settle(call: BatchableCall, { error, response }: BatchedAnswer): void {
  if (error) call.onError(fromErrorDetail(error));
  else call.onResponse(response ?? NOTHING);
}

/** A message without a field that is set. */
const NOTHING = new Uint8Array();
