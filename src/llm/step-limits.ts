/**
 * What one step carries at most of things whose size the requests decide, in 32-bit words. The scheduler keeps to it by
 * leaving requests for the next step; a step may always carry what a single one has.
 */
export const stepLimits = {
  /** Constraints of the sequences that enter their slot, with the tokens that they look back at. */
  constraintWords: 1 << 16,
  /** Log-probabilities of prompts. */
  promptReportWords: 1 << 18,
} as const;

/** Tokens of all the bad words of one request at most. */
export const MAX_BAD_WORD_TOKENS = 1 << 14;

/** Words of a report on one position of a prompt, with so many likeliest tokens. */
export const promptReportWords = (numLogprobs: number): number => 2 + 2 * numLogprobs;
