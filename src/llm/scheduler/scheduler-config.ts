/** Who is served first: whoever came first, or whoever has the lowest priority value, then came first. */
export type SchedulingPolicy = 'fcfs' | 'priority';

/** Limits of the scheduler, all derived by engine-config.ts. */
export interface SchedulerConfig {
  /** Batches in flight at once: one for every pipeline stage. Each has the KV slots of one lane to itself. */
  readonly numLanes: number;
  /** KV slots of a lane: for its running sequences, and for prefixes that ended ones leave behind. */
  readonly slotsPerLane: number;
  /** At most slotsPerLane. */
  readonly sequencesPerLane: number;
  /** Running sequences at most, over all lanes; at most numLanes × sequencesPerLane. */
  readonly maxNumSeqs: number;
  /** Tokens of one step at most; at least `maxNumSeqs`, so that every running sequence can decode. */
  readonly maxNumBatchedTokens: number;
  /**
   * Prompt tokens at most of a step, while any sequence decodes: what a decode waits for. Without chunked prefill it is
   * not heeded.
   */
  readonly maxPrefillTokensBesideDecodes: number;
  /** Tokens at most that one request computes in a step; 0 is no limit. Without chunked prefill it is not heeded. */
  readonly longPrefillTokenThreshold: number;
  /** False: a prompt is computed in one step; then maxNumBatchedTokens is at least maxModelLen. */
  readonly enableChunkedPrefill: boolean;
  readonly enablePrefixCaching: boolean;
  readonly schedulingPolicy: SchedulingPolicy;
  /** Longest prompt plus output, in tokens. */
  readonly maxModelLen: number;
  readonly eosTokenIds: readonly number[];
  /** KV blocks over all lanes; enough for one sequence of `maxModelLen` tokens, so that one can always finish. */
  readonly numBlocks: number;
  /** Unsigned 32-bit; requests without a seed derive theirs from it. */
  readonly seed: number;
}
