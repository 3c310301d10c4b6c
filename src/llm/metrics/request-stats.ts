import type { EngineCoreOutputs } from '../engine/engine-core-messages.js';
import type { FinishReason } from '../scheduler/request-status.js';
import type { EngineMetrics } from './engine-metrics.js';
import { iterationStats } from './iteration-stats.js';
import { type RequestMetrics, type RequestTimes, requestArrived, requestMetrics, tokensCame } from './request-times.js';

/** What is counted of a request that comes. */
export interface ArrivedRequest {
  readonly requestId: string;
  /** Milliseconds of `processTime`. */
  readonly arrivalTime: number;
  readonly numPromptTokens: number;
  readonly maxTokens: number | undefined;
}

interface TrackedRequest {
  times: RequestTimes;
  readonly maxTokens: number | undefined;
}

/** Follows the engine core's requests from arrival to end, and feeds the metrics with what it sees. */
export class RequestStats {
  readonly #metrics: EngineMetrics;
  readonly #requests = new Map<string, TrackedRequest>();

  constructor(metrics: EngineMetrics) {
    this.#metrics = metrics;
  }

  arrived({ requestId, arrivalTime, numPromptTokens, maxTokens }: ArrivedRequest): void {
    this.#requests.set(requestId, { times: requestArrived(arrivalTime, numPromptTokens), maxTokens });
  }

  /** Outputs of requests that have ended meanwhile don't count. */
  addStep({ outputs, admissions, stats, time }: EngineCoreOutputs): void {
    for (const { requestId, queuedTime, scheduledTime } of admissions) {
      const request = this.#requests.get(requestId);
      if (request !== undefined) request.times = { ...request.times, queuedTime, scheduledTime };
    }
    const steps = outputs.flatMap(({ requestId, newTokenIds }) => {
      const request = this.#requests.get(requestId);
      return request === undefined ? [] : [{ request, times: request.times, numNewTokens: newTokenIds.length }];
    });
    this.#metrics.addIteration(iterationStats(steps, time), stats);
    for (const { request, numNewTokens } of steps) request.times = tokensCame(request.times, numNewTokens, time);
  }

  /** Undefined for a request that is not there (any more). */
  metricsOf(requestId: string): RequestMetrics | undefined {
    const request = this.#requests.get(requestId);
    return request === undefined ? undefined : requestMetrics(request.times);
  }

  /** A request that is not there (any more) is ignored. @param endTime in milliseconds of `processTime`. */
  finished(requestId: string, finishReason: FinishReason, endTime: number): void {
    const request = this.#requests.get(requestId);
    if (request === undefined) return;
    this.#requests.delete(requestId);
    this.#metrics.requestFinished({ finishReason, times: request.times, endTime, maxTokens: request.maxTokens });
  }
}
