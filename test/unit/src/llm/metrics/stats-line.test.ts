import { formatStatsLine, isIdle, type StatsSample } from '../../../../../src/llm/metrics/stats-line.js';

const start: StatsSample = { time: 0, numPromptTokens: 0, numGenerationTokens: 0, scheduler: undefined };
const later: StatsSample = {
  time: 10_000,
  numPromptTokens: 50,
  numGenerationTokens: 205,
  scheduler: {
    numRunningRequests: 2,
    numWaitingRequests: 1,
    numPreemptions: 0,
    kvCacheUsage: 0.123,
    prefixCacheQueries: 40,
    prefixCacheHits: 10,
  },
};

describe('formatStatsLine', () => {
  it('says throughput since the earlier sample and the state now', () => {
    expect(formatStatsLine(start, later)).toBe(
      'Engine 000: Avg prompt throughput: 5.0 tokens/s, Avg generation throughput: 20.5 tokens/s, Running: 2 reqs, ' +
        'Waiting: 1 reqs, KV cache usage: 12.3%, Prefix cache hit rate: 25.0%',
    );
  });

  it('names preemptions when there were any', () => {
    const preempted = { ...later, scheduler: { ...later.scheduler!, numPreemptions: 4 } };
    expect(formatStatsLine(start, preempted)).toContain('Preemptions: 4, ');
  });

  it('has a hit rate of zero before the first query', () => {
    expect(formatStatsLine(start, { ...start, time: 1 })).toContain('Prefix cache hit rate: 0.0%');
  });
});

describe('isIdle', () => {
  it('is so without requests and without new tokens', () => {
    expect(isIdle(start, { ...start, time: 5 })).toBe(true);
    expect(isIdle(start, later)).toBe(false);
    expect(isIdle(start, { ...start, numGenerationTokens: 1 })).toBe(false);
  });
});
