/** Counts for logs and metrics; those of events are since the engine's start. */
export interface SchedulerStats {
  readonly numRunningRequests: number;
  readonly numWaitingRequests: number;
  readonly numPreemptions: number;
  /** Part of the KV blocks that running requests hold, 0 to 1; prefixes of ended ones count as free. */
  readonly kvCacheUsage: number;
  /** Tokens of the requests that were looked up in the prefix cache when they first ran. */
  readonly prefixCacheQueries: number;
  /** Tokens of those that were found. */
  readonly prefixCacheHits: number;
}
