import type { z } from 'zod';
import { createLogger, InvalidArgumentError } from '../core/index.js';
import { parseOptions } from './config/parse-options.js';
import type { OutputKind } from './outputs.js';
import { samplingParamsSchema } from './sampling-params-schema.js';
import { GREEDY_TEMPERATURE } from './step-plan.js';
import { parseStructuredOutputs, type StructuredOutputsParams } from './structured-output/structured-outputs-params.js';

/** A temperature between greedy and this is raised to it: smaller ones overflow when dividing (as vLLM). */
const MIN_TEMPERATURE = 0.01;
const MAX_LOGIT_BIAS = 100;

const logger = createLogger('sampling-params');

type ParsedParams = z.output<typeof samplingParamsSchema>;

/** What a {@link SamplingParams} is made from; every field is optional. */
export type SamplingParamsInit = Omit<z.input<typeof samplingParamsSchema>, 'structuredOutputs'> & {
  readonly structuredOutputs?: StructuredOutputsParams | undefined;
};

function checkTogether(params: ParsedParams): void {
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
  if (params.promptLogprobs !== undefined && params.skipReadingPrefixCache === false) {
    throw new InvalidArgumentError(
      'skipReadingPrefixCache must be true with promptLogprobs, got false: the cache has no logits.',
    );
  }
}

function resolveTemperature(temperature: number): number {
  if (temperature < GREEDY_TEMPERATURE) return 0;
  if (temperature >= MIN_TEMPERATURE) return temperature;
  logger.warn(
    { temperature },
    `temperature ${temperature} is less than ${MIN_TEMPERATURE}, which may cause numerical errors. It is raised to ${MIN_TEMPERATURE}.`,
  );
  return MIN_TEMPERATURE;
}

const countOf = (logprobs: true | number | undefined): number | undefined => (logprobs === true ? 1 : logprobs);

function biasesOf(logitBias: ParsedParams['logitBias']): ReadonlyMap<number, number> {
  const entries = logitBias instanceof Map ? [...logitBias] : Object.entries(logitBias ?? {});
  return new Map(entries.map(([id, bias]) => [Number(id), Math.min(Math.max(bias, -MAX_LOGIT_BIAS), MAX_LOGIT_BIAS)]));
}

/**
 * How the tokens of a request are chosen and when it ends. Names, defaults and limits are vLLM's, in camelCase.
 *
 *     new SamplingParams({ temperature: 0, maxTokens: 64, stop: '\n\n' })
 */
export class SamplingParams {
  /** Completions of one prompt. Default 1; greedy sampling would give the same one again. */
  readonly n: number;
  /** Subtracted from the logits of tokens that the output has. From -2 to 2, default 0. */
  readonly presencePenalty: number;
  /** Subtracted for every time that the output has a token. From -2 to 2, default 0. */
  readonly frequencyPenalty: number;
  /** Above 1 makes tokens of the prompt and the output less likely, below 1 more likely. Default 1. */
  readonly repetitionPenalty: number;
  /** 0 takes the likeliest token (greedy), then topP, topK and minP have no effect. Default 1. */
  readonly temperature: number;
  /** Keep the likeliest tokens whose probabilities add up to this. Default 1: all. */
  readonly topP: number;
  /** Keep the K likeliest tokens. Default 0: all. */
  readonly topK: number;
  /** Keep tokens that are at least this part as likely as the likeliest. Default 0: all. */
  readonly minP: number;
  /** Equal seeds give equal tokens, whatever else is in the batch. -1 or undefined: derived from the engine's seed. */
  readonly seed: number | undefined;
  /** Texts that end the output where they appear. */
  readonly stop: readonly string[];
  /** Tokens that end the output, besides the model's own end tokens. */
  readonly stopTokenIds: readonly number[];
  /** Texts that the output must not have: the token that would complete one is not chosen. */
  readonly badWords: readonly string[];
  /** Keep the stop string, or the stop token's text, at the end of the text. Default false. */
  readonly includeStopStrInOutput: boolean;
  /** Go on after the model's end tokens. Default false. */
  readonly ignoreEos: boolean;
  /** Tokens generated at most. Default 16; null: as many as the model's length allows. */
  readonly maxTokens: number | null;
  /** Tokens generated at least: before, no end or stop token is chosen and no stop string counts. Default 0. */
  readonly minTokens: number;
  /** Report the log-probabilities of the chosen token and of this many likeliest ones; -1: of all. Default: none. */
  readonly logprobs: number | undefined;
  /** The same of the prompt's tokens. Default: none. */
  readonly promptLogprobs: number | undefined;
  /** Make text of the tokens. Default true. */
  readonly detokenize: boolean;
  /** Leave special tokens out of the text. Default true. */
  readonly skipSpecialTokens: boolean;
  /** Has no effect: special tokens stand in the text as the tokenizer's decoder joins them. Default true. */
  readonly spacesBetweenSpecialTokens: boolean;
  /** Keep the last so many tokens of the prompt; -1: as many as the model takes. Default: refuse what is too long. */
  readonly truncatePromptTokens: number | undefined;
  /** What each output of a stream holds: everything so far, what is new, or nothing before the end. Default cumulative. */
  readonly outputKind: OutputKind;
  /** What the output has to be: JSON, one of several texts. Undefined: anything. */
  readonly structuredOutputs: StructuredOutputsParams | undefined;
  /** Added to the logits of tokens, by token id; from -100 to 100. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** Choose only among these tokens. Undefined: among all. */
  readonly allowedTokenIds: readonly number[] | undefined;
  /** Carried along, for code that looks at it; the engine does not. */
  readonly extraArgs: Readonly<Record<string, unknown>> | undefined;
  /** Compute the whole prompt, whatever of it is in the cache. Default: when `promptLogprobs` are asked for. */
  readonly skipReadingPrefixCache: boolean;

  /** @throws {InvalidArgumentError} naming the field, what it must be and what it was; an unknown field is an error too. */
  constructor(init: SamplingParamsInit = {}) {
    const params = parseOptions(samplingParamsSchema, 'sampling parameter', init);
    checkTogether(params);
    this.n = params.n;
    this.presencePenalty = params.presencePenalty;
    this.frequencyPenalty = params.frequencyPenalty;
    this.repetitionPenalty = params.repetitionPenalty;
    this.temperature = resolveTemperature(params.temperature);
    const isGreedy = this.temperature === 0;
    this.topP = isGreedy ? 1 : params.topP;
    this.topK = isGreedy ? 0 : Math.max(params.topK, 0);
    this.minP = isGreedy ? 0 : params.minP;
    this.seed = params.seed === -1 ? undefined : params.seed;
    this.stop = [params.stop].flat();
    this.stopTokenIds = params.stopTokenIds;
    this.badWords = params.badWords;
    this.includeStopStrInOutput = params.includeStopStrInOutput;
    this.ignoreEos = params.ignoreEos;
    this.maxTokens = params.maxTokens;
    this.minTokens = params.minTokens;
    this.logprobs = countOf(params.logprobs);
    this.promptLogprobs = countOf(params.promptLogprobs);
    this.detokenize = params.detokenize;
    this.skipSpecialTokens = params.skipSpecialTokens;
    this.spacesBetweenSpecialTokens = params.spacesBetweenSpecialTokens;
    this.truncatePromptTokens = params.truncatePromptTokens;
    this.outputKind = params.outputKind;
    this.structuredOutputs =
      params.structuredOutputs === undefined ? undefined : parseStructuredOutputs(params.structuredOutputs);
    this.logitBias = biasesOf(params.logitBias);
    this.allowedTokenIds = params.allowedTokenIds;
    this.extraArgs = params.extraArgs;
    this.skipReadingPrefixCache = params.skipReadingPrefixCache ?? this.promptLogprobs !== undefined;
  }
}
