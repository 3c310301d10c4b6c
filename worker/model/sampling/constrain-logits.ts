import type { LogitConstraints } from '../../../src/llm/step-plan.js';
import { indexOfLargest } from './largest.js';
import { addBias } from './processors/add-bias.js';
import { allowOnly } from './processors/allow-only.js';
import { applyBitmask } from './processors/apply-bitmask.js';
import { forbidBadWords } from './processors/forbid-bad-words.js';
import { forbidTokens } from './processors/forbid-tokens.js';
import { penalizeOutput, penalizeRepetition } from './processors/penalize.js';
import type { TokenHistory } from './token-history.js';

/** What a sequence's logits are held to: the constraints of its request, and what it has said so far. */
export interface SequenceConstraints {
  readonly constraints: LogitConstraints;
  readonly history: TokenHistory;
}

/** In vLLM's order. */
function applyConstraints(logits: Float32Array, { constraints, history }: SequenceConstraints, position: number): void {
  const { allowedTokenIds, badWords, endTokenIds, minLength, biasedTokenIds, biases } = constraints;
  if (allowedTokenIds.length > 0) allowOnly(logits, allowedTokenIds);
  forbidBadWords(logits, badWords, history.outputTokenIds);
  if (position < minLength) forbidTokens(logits, endTokenIds);
  addBias(logits, biasedTokenIds, biases);
  const { repetitionPenalty, frequencyPenalty, presencePenalty } = constraints;
  if (repetitionPenalty !== 1) penalizeRepetition(logits, history.seenTokenIds, repetitionPenalty);
  if (frequencyPenalty !== 0 || presencePenalty !== 0) {
    penalizeOutput(logits, history.outputCounts, frequencyPenalty, presencePenalty);
  }
}

const isAnythingPossible = (logits: Float32Array): boolean =>
  logits[indexOfLargest(logits)]! > Number.NEGATIVE_INFINITY;

/**
 * Writes to `row` the logits that a token is chosen by. Where the constraints contradict each other, so that they leave no
 * token, the grammar alone decides, or without one the allowed tokens.
 * @param logits float32 [vocabSize], not changed.
 * @param bitmask of the grammar; undefined without one.
 */
export function constrainLogits(
  row: Float32Array,
  logits: Float32Array,
  sequence: SequenceConstraints | undefined,
  position: number,
  bitmask: Int32Array | undefined,
): void {
  row.set(logits);
  if (sequence !== undefined) applyConstraints(row, sequence, position);
  if (bitmask !== undefined) applyBitmask(row, bitmask);
  if (sequence === undefined || isAnythingPossible(row)) return;
  row.set(logits);
  const { allowedTokenIds } = sequence.constraints;
  if (bitmask !== undefined) applyBitmask(row, bitmask);
  else if (allowedTokenIds.length > 0) allowOnly(row, allowedTokenIds);
}
