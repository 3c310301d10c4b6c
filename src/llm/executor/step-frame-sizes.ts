import { MAX_BAD_WORD_TOKENS, promptReportWords, stepLimits } from '../step-limits.js';

/** What the sizes of plans and outputs follow from. */
export interface StepFrameLimits {
  /** KV slots of all lanes. */
  readonly numSlots: number;
  /** Sequences of one lane at most, which are the rows of a step. */
  readonly numRows: number;
  readonly maxNumBatchedTokens: number;
  readonly maxModelLen: number;
  readonly vocabSize: number;
  readonly numEosTokens: number;
  /** Likeliest tokens that are reported at most. */
  readonly maxLogprobs: number;
}

const WORD_BYTES = 4;
const HEADER_BYTES = 32;
/**
 * A trim (8) and four moves (48): for a hole that is filled or a sequence that enters, its own and that of a cached prefix
 * that makes way.
 */
const PLAN_SLOT_BYTES = 56;
/** A sampling (48) with constraints that are empty (56), a pass of its own (16) with one row (8) and a report (8), a bitmask (8). */
const PLAN_ROW_BYTES = 144;
/** Its id, and again as the target of a report. */
const PLAN_TOKEN_BYTES = 8;
/** A sampled token (20) and a report on a prompt (12), each without the likeliest tokens. */
const OUTPUT_ROW_BYTES = 32;
const LIKELIEST_TOKEN_BYTES = 8;

/** Of one request: everything allowed, biased and a stop token, and a history as long as the model's length. */
const maxConstraintWords = ({ maxModelLen, vocabSize }: StepFrameLimits): number =>
  maxModelLen + 4 * vocabSize + 2 * MAX_BAD_WORD_TOKENS;

/** The largest payload of a step plan, for the size of control rings; see step-plan-codec.ts. */
export function maxStepPlanBytes(limits: StepFrameLimits): number {
  const { numSlots, numRows, maxNumBatchedTokens, vocabSize, numEosTokens } = limits;
  const rowBytes = PLAN_ROW_BYTES + WORD_BYTES * (numEosTokens + Math.ceil(vocabSize / 32));
  return (
    HEADER_BYTES +
    numSlots * PLAN_SLOT_BYTES +
    numRows * rowBytes +
    maxNumBatchedTokens * PLAN_TOKEN_BYTES +
    WORD_BYTES * Math.max(stepLimits.constraintWords, maxConstraintWords(limits))
  );
}

/** The largest payload of a step output, for the size of the output ring. */
export function maxStepOutputBytes({ numRows, maxLogprobs }: StepFrameLimits): number {
  return (
    HEADER_BYTES +
    numRows * (OUTPUT_ROW_BYTES + maxLogprobs * LIKELIEST_TOKEN_BYTES) +
    WORD_BYTES * Math.max(stepLimits.promptReportWords, promptReportWords(maxLogprobs))
  );
}
