import type { EngineCoreOutputs } from '../engine/engine-core-messages.js';
import type { EngineCoreRequest } from '../engine/engine-core-request.js';
import { processTime } from '../engine/request-admissions.js';
import type { SleepLevel } from '../engine/utility-call.js';
import type { FinishReason } from '../scheduler/request-status.js';
import { EngineMetrics } from './engine-metrics.js';
import type { Metric } from './metric.js';
import { RequestStats } from './request-stats.js';
import type { RequestMetrics } from './request-times.js';
import { StatsLogger } from './stats-logger.js';

/** Watches an engine: counts for {@link Metric}s, times of requests, and a log line at intervals. */
export class EngineObserver {
  readonly #metrics: EngineMetrics;
  readonly #requests: RequestStats;
  readonly #logger: StatsLogger;

  constructor(modelName: string, maxModelLen: number) {
    this.#metrics = new EngineMetrics(modelName, maxModelLen);
    this.#requests = new RequestStats(this.#metrics);
    this.#logger = new StatsLogger(this.#metrics);
  }

  /** @param children one for each completion of the request. */
  requestAdded(children: readonly EngineCoreRequest[]): void {
    this.#metrics.requestAdded(children.length);
    for (const { requestId, arrivalTime, promptTokenIds, sampling } of children) {
      this.#requests.arrived({
        requestId,
        arrivalTime,
        numPromptTokens: promptTokenIds.length,
        maxTokens: sampling.maxTokens,
      });
    }
  }

  addStep(step: EngineCoreOutputs): void {
    this.#requests.addStep(step);
  }

  metricsOf(requestId: string): RequestMetrics | undefined {
    return this.#requests.metricsOf(requestId);
  }

  requestFinished(requestId: string, finishReason: FinishReason): void {
    this.#requests.finished(requestId, finishReason, processTime());
  }

  metrics(sleepLevel: SleepLevel | undefined): Metric[] {
    if (sleepLevel === undefined) return this.#metrics.snapshot('awake');
    return this.#metrics.snapshot(sleepLevel === 1 ? 'weights_offloaded' : 'discard_all');
  }

  close(): void {
    this.#logger.close();
  }
}
