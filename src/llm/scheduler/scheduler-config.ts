/** Limits of the scheduler, all derived by engine-config.ts. */
export interface SchedulerConfig {
  /** Batches in flight at once: one for every pipeline stage. Each has the KV slots of one lane to itself. */
  readonly numLanes: number;
  readonly slotsPerLane: number;
  /** Running sequences at most, over all lanes; at most numLanes × slotsPerLane. */
  readonly maxNumSeqs: number;
  /** Tokens of one step at most; at least `maxNumSeqs`, so that every running sequence can decode. */
  readonly maxNumBatchedTokens: number;
  /** Longest prompt plus output, in tokens. */
  readonly maxModelLen: number;
  readonly eosTokenIds: readonly number[];
  /** KV blocks over all lanes; enough for one sequence of `maxModelLen` tokens, so that one can always finish. */
  readonly numBlocks: number;
  /** Unsigned 32-bit; requests without a seed derive theirs from it. */
  readonly seed: number;
}
