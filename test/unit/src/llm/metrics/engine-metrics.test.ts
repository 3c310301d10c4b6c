import { EngineMetrics } from '../../../../../src/llm/metrics/engine-metrics.js';
import { oneTwoFiveBuckets } from '../../../../../src/llm/metrics/histogram-buckets.js';
import type { HistogramMetric, Metric } from '../../../../../src/llm/metrics/metric.js';
import { RequestStats } from '../../../../../src/llm/metrics/request-stats.js';
import type { SchedulerStats } from '../../../../../src/llm/scheduler/scheduler-stats.js';

const scheduler: SchedulerStats = {
  numRunningRequests: 2,
  numWaitingRequests: 1,
  numPreemptions: 3,
  kvCacheUsage: 0.25,
  prefixCacheQueries: 40,
  prefixCacheHits: 16,
};

const output = (requestId: string, tokenId: number) => ({
  requestId,
  newTokenIds: [tokenId],
  newLogprobs: [],
  finishReason: undefined,
  stopReason: undefined,
});

/** Request a arrives at 0 with 5 prompt tokens, is queued at 1, scheduled at 100, gives tokens at 300 and 450, ends at 500. */
function runOneRequest() {
  const metrics = new EngineMetrics('storyteller', 1000);
  const requests = new RequestStats(metrics);
  metrics.requestAdded(1);
  requests.arrived({ requestId: 'a', arrivalTime: 0, numPromptTokens: 5, maxTokens: 2 });
  const admissions = [{ requestId: 'a', queuedTime: 1, scheduledTime: 100 }];
  requests.addStep({ outputs: [output('a', 7)], admissions, stats: scheduler, time: 300 });
  requests.addStep({ outputs: [output('a', 8), output('gone', 9)], admissions: [], stats: scheduler, time: 450 });
  const requestMetrics = requests.metricsOf('a');
  requests.finished('a', 'length', 500);
  return { metrics, requests, requestMetrics };
}

const find = (metrics: readonly Metric[], name: string, labels: Record<string, string> = {}) =>
  metrics.find(
    (metric) =>
      metric.name === `vllm:${name}` &&
      Object.entries(labels).every(([label, value]) => metric.labels[label] === value),
  );

const sumOf = (metrics: readonly Metric[], name: string) => (find(metrics, name) as HistogramMetric).sum;

describe('EngineMetrics', () => {
  it.each([
    ['num_requests_running', {}, 2],
    ['num_requests_waiting', {}, 1],
    ['kv_cache_usage_perc', {}, 0.25],
    ['num_preemptions', {}, 3],
    ['prefix_cache_queries', {}, 40],
    ['prefix_cache_hits', {}, 16],
    ['prompt_tokens', {}, 5],
    ['generation_tokens', {}, 2],
    ['request_success', { finished_reason: 'length' }, 1],
    ['request_success', { finished_reason: 'stop' }, 0],
    ['engine_sleep_state', { sleep_state: 'awake' }, 1],
    ['engine_sleep_state', { sleep_state: 'discard_all' }, 0],
  ])('counts %s %j', (name, labels, value) => {
    const found = find(runOneRequest().metrics.snapshot('awake'), name, labels);
    expect(found).toMatchObject({ value, labels: { model_name: 'storyteller', engine: '0', ...labels } });
  });

  it.each([
    ['time_to_first_token_seconds', 0.3],
    ['inter_token_latency_seconds', 0.15],
    ['request_time_per_output_token_seconds', 0.15],
    ['request_queue_time_seconds', 0.099],
    ['request_prefill_time_seconds', 0.2],
    ['request_decode_time_seconds', 0.15],
    ['request_inference_time_seconds', 0.35],
    ['e2e_request_latency_seconds', 0.5],
    ['request_prompt_tokens', 5],
    ['request_generation_tokens', 2],
    ['request_params_max_tokens', 2],
    ['request_params_n', 1],
    ['iteration_tokens_total', 7],
  ])('observes %s', (name, sum) => {
    expect(sumOf(runOneRequest().metrics.snapshot('awake'), name)).toBeCloseTo(sum, 9);
  });

  it('gives histograms cumulative buckets up to infinity', () => {
    const { buckets, count } = find(
      runOneRequest().metrics.snapshot('awake'),
      'time_to_first_token_seconds',
    ) as HistogramMetric;
    expect(count).toBe(1);
    expect(buckets.filter(({ upperBound }) => upperBound >= 0.25).slice(0, 2)).toEqual([
      { upperBound: 0.25, count: 0 },
      { upperBound: 0.5, count: 1 },
    ]);
    expect(buckets.at(-1)).toEqual({ upperBound: Number.POSITIVE_INFINITY, count: 1 });
  });

  it('leaves out times that a request never came to', () => {
    const { metrics, requests } = runOneRequest();
    requests.arrived({ requestId: 'b', arrivalTime: 0, numPromptTokens: 5, maxTokens: undefined });
    requests.finished('b', 'abort', 100);
    const snapshot = metrics.snapshot('awake');
    expect(find(snapshot, 'request_queue_time_seconds')).toMatchObject({ count: 1 });
    expect(find(snapshot, 'e2e_request_latency_seconds')).toMatchObject({ count: 2 });
  });
});

describe('RequestStats', () => {
  it('tells the times of a request as long as it runs', () => {
    const { requests, requestMetrics } = runOneRequest();
    expect(requestMetrics).toEqual({
      arrivalTime: 0,
      numPromptTokens: 5,
      numGenerationTokens: 2,
      queuedTime: 1,
      scheduledTime: 100,
      firstTokenTime: 300,
      lastTokenTime: 450,
      firstTokenLatency: 300,
    });
    expect(requests.metricsOf('a')).toBeUndefined();
  });
});

describe('oneTwoFiveBuckets', () => {
  it('ends at or before the maximum', () => {
    expect(oneTwoFiveBuckets(60)).toEqual([1, 2, 5, 10, 20, 50]);
  });
});
