import { z } from 'zod';
import { InvalidArgumentError } from '../core/index.js';
import { parseOptions } from './config/parse-options.js';
import type { OutputKind } from './outputs.js';
import { GREEDY_TEMPERATURE } from './step-plan.js';

/** A temperature between greedy and this is raised to it: smaller ones overflow when dividing (as vLLM). */
const MIN_TEMPERATURE = 0.01;
const MAX_TOP_K = 1 << 24;
const MAX_TOKENS = 1 << 24;
const MAX_COMPLETIONS = 4096;
/** Most likeliest tokens that a request may ask for (vLLM's `max_logprobs`). */
export const MAX_LOGPROBS = 20;

const tokenCount = z.int().max(MAX_TOKENS);
const stopString = z.string().min(1);
const flag = (value: boolean) => z.boolean().default(value).describe('true or false');

const samplingParamsSchema = z.strictObject({
  n: z.int().min(1).max(MAX_COMPLETIONS).default(1).describe(`an integer from 1 to ${MAX_COMPLETIONS}`),
  temperature: z.number().min(0).default(1).describe('a non-negative number'),
  topP: z.number().gt(0).max(1).default(1).describe('in (0, 1]'),
  topK: z
    .int()
    .min(-1)
    .max(MAX_TOP_K)
    .default(0)
    .describe(`an integer from 0 (disable) or -1 (disable) to ${MAX_TOP_K}`),
  seed: z.int().optional().describe('an integer'),
  maxTokens: tokenCount.min(1).nullable().default(16).describe('an integer of at least 1, or null for no limit'),
  minTokens: tokenCount.min(0).default(0).describe('an integer of at least 0'),
  stop: z
    .union([stopString, z.array(stopString)])
    .default([])
    .describe('a string or a list of strings, none of them empty'),
  stopTokenIds: z.array(z.int().min(0)).default([]).describe('a list of token ids'),
  ignoreEos: flag(false),
  logprobs: z.int().min(0).max(MAX_LOGPROBS).optional().describe(`an integer from 0 to ${MAX_LOGPROBS}`),
  detokenize: flag(true),
  skipSpecialTokens: flag(true),
  includeStopStrInOutput: flag(false),
  truncatePromptTokens: z
    .union([z.literal(-1), tokenCount.min(1)])
    .optional()
    .describe('an integer of at least 1, or -1 for as many as the model takes'),
  outputKind: z
    .enum(['cumulative', 'delta', 'final-only'])
    .default('cumulative')
    .describe("one of 'cumulative', 'delta', 'final-only'"),
});

/** What a {@link SamplingParams} is made from; every field is optional. */
export type SamplingParamsInit = z.input<typeof samplingParamsSchema>;

type ResolvedSamplingParams = z.output<typeof samplingParamsSchema>;

function checkTogether(params: ResolvedSamplingParams): void {
  if (params.n > 1 && params.temperature < GREEDY_TEMPERATURE) {
    throw new InvalidArgumentError(`n must be 1 when using greedy sampling, got ${params.n}.`);
  }
  if (params.maxTokens !== null && params.minTokens > params.maxTokens) {
    throw new InvalidArgumentError(
      `minTokens must be less than or equal to maxTokens=${params.maxTokens}, got ${params.minTokens}.`,
    );
  }
  if (params.stop.length > 0 && !params.detokenize) {
    throw new InvalidArgumentError(
      'stop strings are only supported when detokenize is true. Set detokenize=true to use stop.',
    );
  }
}

function resolveTemperature(temperature: number): number {
  return temperature < GREEDY_TEMPERATURE ? 0 : Math.max(temperature, MIN_TEMPERATURE);
}

/**
 * How the tokens of a request are chosen and when it ends. Names, defaults and limits are vLLM's, in camelCase.
 *
 *     new SamplingParams({ temperature: 0, maxTokens: 64, stop: '\n\n' })
 */
export class SamplingParams {
  /** Completions of one prompt. Default 1; greedy sampling would give the same one again. */
  readonly n: number;
  /** 0 takes the likeliest token (greedy), then topP and topK have no effect. Default 1. */
  readonly temperature: number;
  /** Keep the likeliest tokens whose probabilities add up to this. Default 1: all. */
  readonly topP: number;
  /** Keep the K likeliest tokens. Default 0: all. */
  readonly topK: number;
  /** Equal seeds give equal tokens, whatever else is in the batch. -1 or undefined: derived from the engine's seed. */
  readonly seed: number | undefined;
  /** Tokens generated at most. Default 16; null: as many as the model's length allows. */
  readonly maxTokens: number | null;
  /** No stop condition counts before this many tokens; the tokens themselves are not constrained. Default 0. */
  readonly minTokens: number;
  /** Texts that end the output where they appear. */
  readonly stop: readonly string[];
  /** Tokens that end the output, besides the model's own end tokens. */
  readonly stopTokenIds: readonly number[];
  /** Go on after the model's end tokens. Default false. */
  readonly ignoreEos: boolean;
  /** Report the log-probabilities of the chosen token and of this many likeliest ones. Default: none. */
  readonly logprobs: number | undefined;
  /** Make text of the tokens. Default true. */
  readonly detokenize: boolean;
  /** Leave special tokens out of the text. Default true. */
  readonly skipSpecialTokens: boolean;
  /** Keep the stop string, or the stop token's text, at the end of the text. Default false. */
  readonly includeStopStrInOutput: boolean;
  /** Keep the last so many tokens of the prompt; -1: as many as the model takes. Default: refuse what is too long. */
  readonly truncatePromptTokens: number | undefined;
  /** What each output of a stream holds: everything so far, what is new, or nothing before the end. Default cumulative. */
  readonly outputKind: OutputKind;

  /** @throws {InvalidArgumentError} naming the field, what it must be and what it was; an unknown field is an error too. */
  constructor(init: SamplingParamsInit = {}) {
    const params = parseOptions(samplingParamsSchema, 'sampling parameter', init);
    checkTogether(params);
    this.n = params.n;
    this.temperature = resolveTemperature(params.temperature);
    const isGreedy = this.temperature === 0;
    this.topP = isGreedy ? 1 : params.topP;
    this.topK = isGreedy ? 0 : Math.max(params.topK, 0);
    this.seed = params.seed === -1 ? undefined : params.seed;
    this.maxTokens = params.maxTokens;
    this.minTokens = params.minTokens;
    this.stop = [params.stop].flat();
    this.stopTokenIds = params.stopTokenIds;
    this.ignoreEos = params.ignoreEos;
    this.logprobs = params.logprobs;
    this.detokenize = params.detokenize;
    this.skipSpecialTokens = params.skipSpecialTokens;
    this.includeStopStrInOutput = params.includeStopStrInOutput;
    this.truncatePromptTokens = params.truncatePromptTokens;
    this.outputKind = params.outputKind;
  }
}
