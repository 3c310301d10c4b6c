import { z } from 'zod';

const MAX_TOP_K = 1 << 24;
const MAX_TOKENS = 1 << 24;
const MAX_COMPLETIONS = 4096;

const tokenCount = z.int().max(MAX_TOKENS);
const tokenId = z.int().min(0);
const text = z.string().min(1);
const flag = (value: boolean) => z.boolean().default(value).describe('true or false');
const penalty = z.number().min(-2).max(2).default(0).describe('in [-2, 2]');
const logprobs = z
  .union([z.literal(true), z.int().min(-1)])
  .optional()
  .describe('an integer of at least 0, or -1 for the whole vocabulary');

/** What sampling parameters may be; vLLM's names in camelCase, limits and defaults. */
export const samplingParamsSchema = z.strictObject({
  n: z.int().min(1).max(MAX_COMPLETIONS).default(1).describe(`an integer from 1 to ${MAX_COMPLETIONS}`),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
  repetitionPenalty: z.number().gt(0).default(1).describe('greater than zero'),
  temperature: z.number().min(0).default(1).describe('a non-negative number'),
  topP: z.number().gt(0).max(1).default(1).describe('in (0, 1]'),
  topK: z
    .int()
    .min(-1)
    .max(MAX_TOP_K)
    .default(0)
    .describe(`an integer from 0 (disable) or -1 (disable) to ${MAX_TOP_K}`),
  minP: z.number().min(0).max(1).default(0).describe('in [0, 1]'),
  seed: z.int().optional().describe('an integer'),
  stop: z
    .union([text, z.array(text)])
    .default([])
    .describe('a string or a list of strings, none of them empty'),
  stopTokenIds: z.array(tokenId).default([]).describe('a list of token ids'),
  badWords: z.array(text).default([]).describe('a list of strings, none of them empty'),
  includeStopStrInOutput: flag(false),
  ignoreEos: flag(false),
  maxTokens: tokenCount.min(1).nullable().default(16).describe('an integer of at least 1, or null for no limit'),
  minTokens: tokenCount.min(0).default(0).describe('an integer of at least 0'),
  logprobs,
  promptLogprobs: logprobs,
  detokenize: flag(true),
  skipSpecialTokens: flag(true),
  spacesBetweenSpecialTokens: flag(true),
  logitsProcessors: z
    .undefined()
    .optional()
    .describe(
      'left out: logits processors of a request are not supported, there are logitBias, allowedTokenIds, badWords and structuredOutputs',
    ),
  truncatePromptTokens: z
    .union([z.literal(-1), tokenCount.min(1)])
    .optional()
    .describe('an integer of at least 1, or -1 for as many as the model takes'),
  outputKind: z
    .enum(['cumulative', 'delta', 'final-only'])
    .default('cumulative')
    .describe("one of 'cumulative', 'delta', 'final-only'"),
  /** Checked by structured-outputs-params.ts. */
  structuredOutputs: z.unknown().optional(),
  logitBias: z
    .union([z.map(tokenId, z.number()), z.record(z.string().regex(/^\d{1,9}$/), z.number())])
    .optional()
    .describe('a number for each of some token ids'),
  allowedTokenIds: z.array(tokenId).min(1).optional().describe('a list of at least one token id'),
  extraArgs: z.record(z.string(), z.unknown()).optional().describe('an object'),
  skipReadingPrefixCache: z.boolean().optional().describe('true or false'),
});
