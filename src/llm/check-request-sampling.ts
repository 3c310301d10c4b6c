import { InvalidArgumentError } from '../core/index.js';
import type { RequestSampling } from './engine/engine-core-request.js';
import { MAX_BAD_WORD_TOKENS } from './step-limits.js';

/** What a request's sampling has to fit. */
export interface SamplingLimits {
  readonly vocabSize: number;
  readonly maxLogprobs: number;
  /** The device can compute the logits of a prompt's tokens. */
  readonly canReportPrompts: boolean;
}

function checkTokenIds(field: string, tokenIds: readonly number[], vocabSize: number): void {
  const unknown = tokenIds.find((tokenId) => tokenId >= vocabSize);
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`${field} must be token ids below ${vocabSize}, got ${unknown}.`);
  }
}

function checkLogprobs(what: string, numLogprobs: number, maxLogprobs: number): void {
  if (numLogprobs <= maxLogprobs) return;
  throw new InvalidArgumentError(
    `Requested ${what} logprobs of ${numLogprobs}, which is greater than max allowed: ${maxLogprobs}. Start the engine with a larger maxLogprobs.`,
  );
}

function checkBadWords(words: readonly (readonly number[])[], vocabSize: number): void {
  const tokenIds = words.flat();
  checkTokenIds('badWords', tokenIds, vocabSize);
  if (tokenIds.length > MAX_BAD_WORD_TOKENS) {
    throw new InvalidArgumentError(
      `badWords must be at most ${MAX_BAD_WORD_TOKENS} tokens together, got ${tokenIds.length}.`,
    );
  }
}

/**
 * Holds a request's sampling to the model and the engine's arguments.
 * @throws {InvalidArgumentError} naming the field.
 */
export function checkRequestSampling(sampling: RequestSampling, limits: SamplingLimits): void {
  const { stopTokenIds, numLogprobs, numPromptLogprobs, constraints } = sampling;
  const { vocabSize, maxLogprobs, canReportPrompts } = limits;
  checkTokenIds('stopTokenIds', stopTokenIds, vocabSize);
  checkLogprobs('sample', numLogprobs, maxLogprobs);
  checkLogprobs('prompt', numPromptLogprobs, maxLogprobs);
  if (numPromptLogprobs >= 0 && !canReportPrompts) {
    throw new InvalidArgumentError(
      "promptLogprobs are not supported with device 'webgpu'. Start the engine with device 'cpu'.",
    );
  }
  if (constraints === undefined) return;
  checkTokenIds('allowedTokenIds', constraints.allowedTokenIds, vocabSize);
  checkTokenIds(
    'logitBias',
    constraints.logitBias.map(([tokenId]) => tokenId),
    vocabSize,
  );
  checkBadWords(constraints.badWordsTokenIds, vocabSize);
}
