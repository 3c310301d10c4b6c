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

/** What is counted of one engine core. */
class EngineCounts {
  readonly metrics: EngineMetrics;
  readonly requests: RequestStats;
  readonly logger: StatsLogger;

  constructor(modelName: string, maxModelLen: number, index: number) {
    this.metrics = new EngineMetrics(modelName, maxModelLen, index);
    this.requests = new RequestStats(this.metrics);
    this.logger = new StatsLogger(this.metrics);
  }
}

/** Watches engine cores, each by itself: counts for {@link Metric}s, times of requests, and a log line at intervals. */
export class EngineObserver {
  readonly #engines: readonly EngineCounts[];
  readonly #engineOf = new Map<string, EngineCounts>();

  constructor(modelName: string, maxModelLen: number, numEngines = 1) {
    this.#engines = Array.from({ length: numEngines }, (_, index) => new EngineCounts(modelName, maxModelLen, index));
  }

  /** @param children one for each completion of the request. @param engines the index of the engine core of each. */
  requestAdded(children: readonly EngineCoreRequest[], engines: readonly number[]): void {
    this.#engines[engines[0]!]!.metrics.requestAdded(children.length);
    for (const [index, { requestId, arrivalTime, promptTokenIds, sampling }] of children.entries()) {
      const engine = this.#engines[engines[index]!]!;
      this.#engineOf.set(requestId, engine);
      const numPromptTokens = promptTokenIds.length;
      engine.requests.arrived({ requestId, arrivalTime, numPromptTokens, maxTokens: sampling.maxTokens });
    }
  }

  addStep(step: EngineCoreOutputs, engine: number): void {
    this.#engines[engine]!.requests.addStep(step);
  }

  metricsOf(requestId: string): RequestMetrics | undefined {
    return this.#engineOf.get(requestId)?.requests.metricsOf(requestId);
  }

  requestFinished(requestId: string, finishReason: FinishReason): void {
    this.#engineOf.get(requestId)?.requests.finished(requestId, finishReason, processTime());
    this.#engineOf.delete(requestId);
  }

  metrics(sleepLevel: SleepLevel | undefined): Metric[] {
    const whileAsleep = sleepLevel === 1 ? 'weights_offloaded' : 'discard_all';
    const sleepState = sleepLevel === undefined ? 'awake' : whileAsleep;
    return this.#engines.flatMap(({ metrics }) => metrics.snapshot(sleepState));
  }

  close(): void {
    for (const { logger } of this.#engines) logger.close();
  }
}
