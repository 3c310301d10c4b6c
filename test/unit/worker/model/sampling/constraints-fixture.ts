import type { LogitConstraints } from '../../../../../src/llm/step-plan.js';

/** Constraints that change nothing but by what is given. */
export const constraints = (changes: Partial<LogitConstraints> = {}): LogitConstraints => ({
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  allowedTokenIds: new Int32Array(0),
  badWords: [],
  biasedTokenIds: new Int32Array(0),
  biases: new Float32Array(0),
  endTokenIds: new Int32Array(0),
  minLength: 0,
  promptTokenIds: new Int32Array(0),
  outputTokenIds: new Int32Array(0),
  ...changes,
});
