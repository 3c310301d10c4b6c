import type { FinishReason } from '../scheduler/request-status.js';
import type { RequestTimes } from './request-times.js';

/** A request that ended. */
export interface FinishedRequestStats {
  readonly finishReason: FinishReason;
  readonly times: RequestTimes;
  /** When it ended: milliseconds of `processTime`. */
  readonly endTime: number;
  readonly maxTokens: number | undefined;
}

/** What the outputs of one step amount to; durations in milliseconds. */
export interface IterationStats {
  /** Of the requests that gave their first token. */
  readonly numPromptTokens: number;
  readonly numGenerationTokens: number;
  readonly timesToFirstToken: readonly number[];
  readonly interTokenLatencies: readonly number[];
}

/** What a step adds to one request, and what that amounts to. */
interface RequestStep {
  readonly times: RequestTimes;
  readonly numNewTokens: number;
}

/** @param steps requests with their times before the step. @param time of the step. */
export function iterationStats(steps: readonly RequestStep[], time: number): IterationStats {
  const first = steps.filter(({ times }) => times.firstTokenTime === undefined);
  return {
    numPromptTokens: first.reduce((sum, { times }) => sum + times.numPromptTokens, 0),
    numGenerationTokens: steps.reduce((sum, { numNewTokens }) => sum + numNewTokens, 0),
    timesToFirstToken: first.map(({ times }) => time - times.arrivalTime),
    interTokenLatencies: steps.flatMap(({ times }) =>
      times.lastTokenTime === undefined ? [] : [time - times.lastTokenTime],
    ),
  };
}
