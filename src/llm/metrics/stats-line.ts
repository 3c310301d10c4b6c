import type { SchedulerStats } from '../scheduler/scheduler-stats.js';

/** What has been counted up to a moment. */
export interface StatsSample {
  /** Milliseconds. */
  readonly time: number;
  readonly numPromptTokens: number;
  readonly numGenerationTokens: number;
  readonly scheduler: SchedulerStats | undefined;
}

const MS_PER_SECOND = 1000;

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

/** The line that vLLM logs at intervals: throughput between two samples, and the state at the later one. */
export function formatStatsLine(previous: StatsSample, current: StatsSample, engineIndex = 0): string {
  const seconds = Math.max(current.time - previous.time, 1) / MS_PER_SECOND;
  const rate = (count: number) => (count / seconds).toFixed(1);
  const { numRunningRequests = 0, numWaitingRequests = 0, numPreemptions = 0 } = current.scheduler ?? {};
  const { kvCacheUsage = 0, prefixCacheHits = 0, prefixCacheQueries = 0 } = current.scheduler ?? {};
  const parts = [
    `Avg prompt throughput: ${rate(current.numPromptTokens - previous.numPromptTokens)} tokens/s`,
    `Avg generation throughput: ${rate(current.numGenerationTokens - previous.numGenerationTokens)} tokens/s`,
    `Running: ${numRunningRequests} reqs`,
    `Waiting: ${numWaitingRequests} reqs`,
    ...(numPreemptions > 0 ? [`Preemptions: ${numPreemptions}`] : []),
    `KV cache usage: ${percent(kvCacheUsage)}`,
    `Prefix cache hit rate: ${percent(prefixCacheHits / Math.max(prefixCacheQueries, 1))}`,
  ];
  return `Engine ${String(engineIndex).padStart(3, '0')}: ${parts.join(', ')}`;
}

/** Neither tokens nor requests since the earlier sample: nothing that a reader of the log must see. */
export function isIdle(previous: StatsSample, current: StatsSample): boolean {
  const { numRunningRequests = 0, numWaitingRequests = 0 } = current.scheduler ?? {};
  return (
    numRunningRequests + numWaitingRequests === 0 &&
    current.numPromptTokens === previous.numPromptTokens &&
    current.numGenerationTokens === previous.numGenerationTokens
  );
}
