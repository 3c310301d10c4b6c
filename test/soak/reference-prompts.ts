import type { LaunchedEngine } from '../../src/llm/launch-engine.js';
import { randomNumbers } from './random-numbers.js';
import { runRequest, soakRequest } from './soak-request.js';

/** A prompt and what the model continues it with when it is computed alone, without a cache. */
export interface ReferencePrompt {
  readonly tokenIds: readonly number[];
  /** Greedy; ends before the first token that rounding could change. */
  readonly continuation: readonly number[];
}

const NUM_PROMPTS = 48;
const NUM_SHARED_TEXTS = 4;
const MAX_SHARED_TOKENS = 120;
const MAX_OWN_TOKENS = 60;
const MAX_OUTPUT_TOKENS = 60;
/** The model's special tokens come first. */
const FIRST_ORDINARY_TOKEN = 10;
/** Log-probabilities nearer than this may change places with the batch that they are computed in. */
const SMALLEST_GAP = 1e-3;

/** Prompts that begin with a part of one of a few texts, and go on by themselves. */
function randomPrompts(vocabSize: number, seed: number): number[][] {
  const random = randomNumbers(seed);
  const numberBelow = (limit: number) => Math.floor(random() * limit);
  const text = (length: number) =>
    Array.from({ length }, () => FIRST_ORDINARY_TOKEN + numberBelow(vocabSize - FIRST_ORDINARY_TOKEN));
  const shared = Array.from({ length: NUM_SHARED_TEXTS }, () => text(MAX_SHARED_TOKENS));
  return Array.from({ length: NUM_PROMPTS }, () => [
    ...shared[numberBelow(NUM_SHARED_TEXTS)]!.slice(0, numberBelow(MAX_SHARED_TOKENS)),
    ...text(1 + numberBelow(MAX_OWN_TOKENS)),
  ]);
}

/** Computes the prompts' continuations one after the other. */
export async function computeReferences(
  { client }: LaunchedEngine,
  vocabSize: number,
  seed: number,
): Promise<ReferencePrompt[]> {
  const references: ReferencePrompt[] = [];
  for (const [index, tokenIds] of randomPrompts(vocabSize, seed).entries()) {
    const request = soakRequest(`reference-${index}`, tokenIds, { maxTokens: MAX_OUTPUT_TOKENS, numLogprobs: 2 });
    const { newTokenIds, newLogprobs } = await runRequest(client, request);
    const unsure = newLogprobs.findIndex(({ topLogprobs }) => topLogprobs[0]! - topLogprobs[1]! < SMALLEST_GAP);
    const continuation = unsure === -1 ? newTokenIds : newTokenIds.slice(0, unsure);
    if (continuation.length > 0) references.push({ tokenIds, continuation });
  }
  return references;
}
