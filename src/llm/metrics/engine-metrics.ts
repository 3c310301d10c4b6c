import type { FinishReason } from '../scheduler/request-status.js';
import type { SchedulerStats } from '../scheduler/scheduler-stats.js';
import { Histogram } from './histogram.js';
import {
  ITERATION_TOKENS_BUCKETS,
  NUM_COMPLETIONS_BUCKETS,
  oneTwoFiveBuckets,
  REQUEST_LATENCY_BUCKETS,
  TIME_TO_FIRST_TOKEN_BUCKETS,
  TOKEN_LATENCY_BUCKETS,
} from './histogram-buckets.js';
import type { FinishedRequestStats, IterationStats } from './iteration-stats.js';
import type { CounterMetric, GaugeMetric, Metric, MetricLabels } from './metric.js';

const MS_PER_SECOND = 1000;

/** Whether the engine's weights are there (vLLM's `engine_sleep_state`). */
export type SleepState = 'awake' | 'weights_offloaded' | 'discard_all';

const SLEEP_STATES: readonly SleepState[] = ['awake', 'weights_offloaded', 'discard_all'];
const FINISH_REASONS: readonly FinishReason[] = ['stop', 'length', 'abort'];

function createHistograms(maxModelLen: number) {
  const lengths = oneTwoFiveBuckets(maxModelLen);
  const histogram = (name: string, bounds: readonly number[]) => new Histogram(`vllm:${name}`, bounds);
  return {
    promptTokens: histogram('request_prompt_tokens', lengths),
    generationTokens: histogram('request_generation_tokens', lengths),
    paramsMaxTokens: histogram('request_params_max_tokens', lengths),
    paramsN: histogram('request_params_n', NUM_COMPLETIONS_BUCKETS),
    iterationTokens: histogram('iteration_tokens_total', ITERATION_TOKENS_BUCKETS),
    timeToFirstToken: histogram('time_to_first_token_seconds', TIME_TO_FIRST_TOKEN_BUCKETS),
    interTokenLatency: histogram('inter_token_latency_seconds', TOKEN_LATENCY_BUCKETS),
    timePerOutputToken: histogram('request_time_per_output_token_seconds', TOKEN_LATENCY_BUCKETS),
    endToEnd: histogram('e2e_request_latency_seconds', REQUEST_LATENCY_BUCKETS),
    queue: histogram('request_queue_time_seconds', REQUEST_LATENCY_BUCKETS),
    inference: histogram('request_inference_time_seconds', REQUEST_LATENCY_BUCKETS),
    prefill: histogram('request_prefill_time_seconds', REQUEST_LATENCY_BUCKETS),
    decode: histogram('request_decode_time_seconds', REQUEST_LATENCY_BUCKETS),
  };
}

/** Accumulates what steps and requests amount to, under vLLM's names and buckets. Without clock or I/O. */
export class EngineMetrics {
  /** Of the data-parallel engine. */
  readonly engineIndex: number;
  readonly #labels: MetricLabels;
  readonly #histograms: ReturnType<typeof createHistograms>;
  readonly #finished = new Map<FinishReason, number>(FINISH_REASONS.map((reason) => [reason, 0]));
  #numPromptTokens = 0;
  #numGenerationTokens = 0;
  #scheduler: SchedulerStats | undefined;

  constructor(modelName: string, maxModelLen: number, engineIndex = 0) {
    this.engineIndex = engineIndex;
    this.#labels = { model_name: modelName, engine: String(engineIndex) };
    this.#histograms = createHistograms(maxModelLen);
  }

  get numPromptTokens(): number {
    return this.#numPromptTokens;
  }

  get numGenerationTokens(): number {
    return this.#numGenerationTokens;
  }

  /** As of the last step. */
  get scheduler(): SchedulerStats | undefined {
    return this.#scheduler;
  }

  requestAdded(n: number): void {
    this.#histograms.paramsN.observe(n);
  }

  addIteration(stats: IterationStats, scheduler: SchedulerStats): void {
    const { iterationTokens, timeToFirstToken, interTokenLatency } = this.#histograms;
    this.#scheduler = scheduler;
    this.#numPromptTokens += stats.numPromptTokens;
    this.#numGenerationTokens += stats.numGenerationTokens;
    iterationTokens.observe(stats.numPromptTokens + stats.numGenerationTokens);
    for (const duration of stats.timesToFirstToken) timeToFirstToken.observe(duration / MS_PER_SECOND);
    for (const duration of stats.interTokenLatencies) interTokenLatency.observe(duration / MS_PER_SECOND);
  }

  requestFinished({ finishReason, times, endTime, maxTokens }: FinishedRequestStats): void {
    const histograms = this.#histograms;
    this.#finished.set(finishReason, this.#finished.get(finishReason)! + 1);
    histograms.promptTokens.observe(times.numPromptTokens);
    histograms.generationTokens.observe(times.numGenerationTokens);
    if (maxTokens !== undefined) histograms.paramsMaxTokens.observe(maxTokens);
    histograms.endToEnd.observe((endTime - times.arrivalTime) / MS_PER_SECOND);
    const { queuedTime, scheduledTime, firstTokenTime, lastTokenTime, numGenerationTokens } = times;
    if (queuedTime === undefined || scheduledTime === undefined) return;
    histograms.queue.observe((scheduledTime - queuedTime) / MS_PER_SECOND);
    if (firstTokenTime === undefined || lastTokenTime === undefined) return;
    const decodeSeconds = (lastTokenTime - firstTokenTime) / MS_PER_SECOND;
    histograms.prefill.observe((firstTokenTime - scheduledTime) / MS_PER_SECOND);
    histograms.decode.observe(decodeSeconds);
    histograms.inference.observe((lastTokenTime - scheduledTime) / MS_PER_SECOND);
    if (numGenerationTokens > 1) histograms.timePerOutputToken.observe(decodeSeconds / (numGenerationTokens - 1));
  }

  /** Every metric as a record. */
  snapshot(sleepState: SleepState): Metric[] {
    return [
      ...this.#gauges(sleepState),
      ...this.#counters(),
      ...Object.values(this.#histograms).map((histogram) => histogram.snapshot(this.#labels)),
    ];
  }

  #gauges(sleepState: SleepState): GaugeMetric[] {
    const gauge = (name: string, value: number, labels: MetricLabels = {}): GaugeMetric => ({
      type: 'gauge',
      name: `vllm:${name}`,
      labels: { ...this.#labels, ...labels },
      value,
    });
    return [
      gauge('num_requests_running', this.#scheduler?.numRunningRequests ?? 0),
      gauge('num_requests_waiting', this.#scheduler?.numWaitingRequests ?? 0),
      gauge('kv_cache_usage_perc', this.#scheduler?.kvCacheUsage ?? 0),
      ...SLEEP_STATES.map((state) => gauge('engine_sleep_state', state === sleepState ? 1 : 0, { sleep_state: state })),
    ];
  }

  #counters(): CounterMetric[] {
    const counter = (name: string, value: number, labels: MetricLabels = {}): CounterMetric => ({
      type: 'counter',
      name: `vllm:${name}`,
      labels: { ...this.#labels, ...labels },
      value,
    });
    return [
      counter('num_preemptions', this.#scheduler?.numPreemptions ?? 0),
      counter('prefix_cache_queries', this.#scheduler?.prefixCacheQueries ?? 0),
      counter('prefix_cache_hits', this.#scheduler?.prefixCacheHits ?? 0),
      counter('prompt_tokens', this.#numPromptTokens),
      counter('generation_tokens', this.#numGenerationTokens),
      ...[...this.#finished].map(([reason, value]) => counter('request_success', value, { finished_reason: reason })),
    ];
  }
}
