import type { CompletionOutput, RequestOutput } from '../../src/llm/outputs.js';
import { SamplingParams, type SamplingParamsInit } from '../../src/llm/sampling-params.js';
import { randomNumbers } from './random-numbers.js';
import { randomParams } from './random-params.js';
import { runRequest, type SoakEngine } from './soak-request.js';

/** A completion that was computed alone, without a cache. */
export interface ReferenceCompletion
  extends Pick<CompletionOutput, 'tokenIds' | 'text' | 'finishReason' | 'stopReason'> {
  /** Tokens before the first that rounding could change; all of them when it is as long as the completion. */
  readonly numSure: number;
}

/** A request and what becomes of it alone. */
export interface Reference {
  readonly promptTokenIds: readonly number[];
  readonly init: SamplingParamsInit;
  readonly completions: readonly ReferenceCompletion[];
  /** Of the prompt's tokens but the first; undefined when they were not asked for. */
  readonly promptLogprobs: readonly number[] | undefined;
}

const NUM_REFERENCES = 60;
const NUM_SHARED_TEXTS = 4;
const MAX_SHARED_TOKENS = 120;
const MAX_OWN_TOKENS = 60;
/** The model's special tokens come first. */
const FIRST_ORDINARY_TOKEN = 10;
/** Of logits, from one batch to another; a hundred times what was seen. */
const LARGEST_ROUNDING = 5e-4;
const NUM_NUDGES = 2;

/** Prompts that begin with a part of one of a few texts, and go on by themselves. */
function randomPrompts(vocabSize: number, seed: number): number[][] {
  const random = randomNumbers(seed);
  const numberBelow = (limit: number) => Math.floor(random() * limit);
  const text = (length: number) =>
    Array.from({ length }, () => FIRST_ORDINARY_TOKEN + numberBelow(vocabSize - FIRST_ORDINARY_TOKEN));
  const shared = Array.from({ length: NUM_SHARED_TEXTS }, () => text(MAX_SHARED_TOKENS));
  return Array.from({ length: NUM_REFERENCES }, () => [
    ...shared[numberBelow(NUM_SHARED_TEXTS)]!.slice(0, numberBelow(MAX_SHARED_TOKENS)),
    ...text(1 + numberBelow(MAX_OWN_TOKENS)),
  ]);
}

/** The parameters with every logit changed by as much as rounding could. */
function nudged(init: SamplingParamsInit, vocabSize: number, random: () => number): SamplingParamsInit {
  const { logitBias } = new SamplingParams(init);
  const biases = Array.from({ length: vocabSize }, (_, tokenId): [number, number] => [
    tokenId,
    (logitBias.get(tokenId) ?? 0) + (2 * random() - 1) * LARGEST_ROUNDING,
  ]);
  return { ...init, logitBias: new Map(biases) };
}

function commonLength(left: readonly number[], right: readonly number[]): number {
  const difference = left.findIndex((tokenId, index) => tokenId !== right[index]);
  return difference === -1 ? left.length : difference;
}

const promptLogprobsOf = ({ promptLogprobs, promptTokenIds }: RequestOutput): number[] | undefined =>
  promptLogprobs?.slice(1).map((logprobs, index) => logprobs!.get(promptTokenIds[index + 1]!)!.logprob);

/** What requests with random prompts and parameters give one after the other. */
export async function computeReferences(engine: SoakEngine, seed: number): Promise<Reference[]> {
  const { vocabSize } = engine.model;
  const random = randomNumbers(seed);
  const references: Reference[] = [];
  for (const [index, promptTokenIds] of randomPrompts(vocabSize, seed).entries()) {
    const init = randomParams(random, vocabSize);
    const run = (requestId: string, changed: SamplingParamsInit) =>
      runRequest(engine, { requestId, promptTokenIds, params: new SamplingParams(changed) });
    const output = await run(`reference-${index}`, init);
    const others: RequestOutput[] = [];
    for (let nudge = 0; nudge < NUM_NUDGES; nudge++) {
      others.push(await run(`nudged-${index}-${nudge}`, nudged(init, vocabSize, random)));
    }
    const completions = output.outputs.map(({ tokenIds, text, finishReason, stopReason }, place) => ({
      tokenIds,
      text,
      finishReason,
      stopReason,
      numSure: Math.min(...others.map(({ outputs }) => commonLength(tokenIds, outputs[place]!.tokenIds))),
    }));
    references.push({ promptTokenIds, init, completions, promptLogprobs: promptLogprobsOf(output) });
  }
  return references;
}
