import { createLogger, type Logger, systemClock } from '../../core/index.js';
import type { EngineMetrics } from './engine-metrics.js';
import { formatStatsLine, isIdle, type StatsSample } from './stats-line.js';

/** As vLLM's VLLM_LOG_STATS_INTERVAL. */
const LOG_INTERVAL_MS = 10_000;

/** Logs the engine's throughput and load every ten seconds, at debug level while it is idle. */
export class StatsLogger {
  readonly #metrics: EngineMetrics;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #previous: StatsSample;

  constructor(metrics: EngineMetrics, logger: Logger = createLogger('llm-engine')) {
    this.#metrics = metrics;
    this.#logger = logger;
    this.#previous = this.#sample();
    this.#timer = setInterval(() => this.log(), LOG_INTERVAL_MS).unref();
  }

  log(): void {
    const current = this.#sample();
    const line = formatStatsLine(this.#previous, current, this.#metrics.engineIndex);
    if (isIdle(this.#previous, current)) this.#logger.debug({}, line);
    else this.#logger.info({}, line);
    this.#previous = current;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sample(): StatsSample {
    const { numPromptTokens, numGenerationTokens, scheduler } = this.#metrics;
    return { time: systemClock.now(), numPromptTokens, numGenerationTokens, scheduler };
  }
}
