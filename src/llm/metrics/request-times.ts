/**
 * The times of one request, in milliseconds of `processTime`; undefined for what has not come yet. Definitions are
 * vLLM's: queued = first scheduled − queued; prefill = first token − scheduled; decode = last − first token.
 */
export interface RequestTimes {
  /** The client took the request, before its prompt was tokenized. */
  readonly arrivalTime: number;
  readonly numPromptTokens: number;
  readonly numGenerationTokens: number;
  readonly queuedTime: number | undefined;
  readonly scheduledTime: number | undefined;
  readonly firstTokenTime: number | undefined;
  readonly lastTokenTime: number | undefined;
}

/** What {@link RequestTimes} say of a request, as its outputs carry it. All times in milliseconds. */
export interface RequestMetrics extends RequestTimes {
  /** From arrival to the first token, the front end's part included. */
  readonly firstTokenLatency: number | undefined;
}

export function requestArrived(arrivalTime: number, numPromptTokens: number): RequestTimes {
  return {
    arrivalTime,
    numPromptTokens,
    numGenerationTokens: 0,
    queuedTime: undefined,
    scheduledTime: undefined,
    firstTokenTime: undefined,
    lastTokenTime: undefined,
  };
}

export function tokensCame(times: RequestTimes, numTokens: number, time: number): RequestTimes {
  return {
    ...times,
    numGenerationTokens: times.numGenerationTokens + numTokens,
    firstTokenTime: times.firstTokenTime ?? time,
    lastTokenTime: time,
  };
}

export function requestMetrics(times: RequestTimes): RequestMetrics {
  const { firstTokenTime, arrivalTime } = times;
  return { ...times, firstTokenLatency: firstTokenTime === undefined ? undefined : firstTokenTime - arrivalTime };
}
