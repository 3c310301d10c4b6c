import type { StageConfig } from '../config/stage-config.js';
import { MAX_LOGPROBS } from '../sampling-params.js';

const PLAN_HEADER_BYTES = 24;
/**
 * A sampling (32), a trim (8), a pass of its own (12) with one row (4) and its padded flag (4), and four moves (48): for
 * a hole that is filled or a sequence that enters, its own and that of a cached prefix that makes way.
 */
const PLAN_SLOT_BYTES = 108;
const TOKEN_BYTES = 4;
const OUTPUT_HEADER_BYTES = 16;
const SAMPLED_TOKEN_BYTES = 20 + MAX_LOGPROBS * 8;

/** The largest payload of a step plan, for the size of control rings; see step-plan-codec.ts. */
export function maxStepPlanBytes(config: Pick<StageConfig, 'numSlots' | 'maxNumBatchedTokens'>): number {
  return PLAN_HEADER_BYTES + config.numSlots * PLAN_SLOT_BYTES + config.maxNumBatchedTokens * TOKEN_BYTES;
}

/** The largest payload of a step output, for the size of the output ring. */
export function maxStepOutputBytes({ numSlots }: Pick<StageConfig, 'numSlots'>): number {
  return OUTPUT_HEADER_BYTES + numSlots * SAMPLED_TOKEN_BYTES;
}
