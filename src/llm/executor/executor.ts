import type { StepOutput, StepPlan } from '../step-plan.js';

/**
 * Runs step plans on the ranks. Synchronous, because it lives in a thread of its own: `collect` blocks. Plans are computed
 * and answered in the order in which they are submitted, so answers carry no other key.
 */
export interface Executor {
  /** Plans that may be submitted before the first is collected: one for every pipeline stage. */
  readonly maxConcurrentBatches: number;
  /**
   * Sends a plan to every rank. The plan's arrays may be reused by the caller when this returns.
   * @throws {RankFailedError} when a rank can't take it.
   */
  submit(plan: StepPlan): void;
  /**
   * Blocks until the oldest submitted plan is answered. The output's arrays are valid until the next call.
   * @throws {RankFailedError} when a rank failed in the step.
   * @throws {ChannelClosedError} when a rank is gone or the wait was aborted.
   */
  collect(): StepOutput;
  /** Lets the ranks go; idempotent. Plans in flight are lost. */
  shutdown(): void;
}
