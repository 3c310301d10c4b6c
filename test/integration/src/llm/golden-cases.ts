import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const repository = resolve(__dirname, '../../../..');

export const storytellerPath = resolve(repository, 'models/storyteller');

/** A request and transformers' greedy answer to it in float32. */
export interface GoldenCase {
  readonly ask: string;
  /** The chat template's rendering of the ask. */
  readonly prompt: string;
  readonly prompt_token_ids: readonly number[];
  readonly greedy: readonly number[];
  readonly logprobs: readonly number[];
  readonly text: string;
  readonly smallest_top1_gap: number;
}

export const goldenCases: readonly GoldenCase[] = JSON.parse(
  readFileSync(resolve(repository, 'test/fixtures/storyteller/golden.json'), 'utf8'),
);

/** Where the two likeliest tokens are this close, rounding may choose the other and all that follows differs. */
const CLOSE_GAP = 0.001;
/** Neither of two tokens about as likely as each other is much likelier than a half. */
const LARGEST_TIED_LOGPROB = Math.log(0.51);

/** True when the tokens are the golden ones, up to where a choice between two equally likely tokens fell otherwise. */
export function matchesGolden(
  tokenIds: readonly number[],
  { greedy, logprobs, smallest_top1_gap }: GoldenCase,
): boolean {
  const difference = greedy.findIndex((tokenId, index) => tokenId !== tokenIds[index]);
  if (difference === -1) return tokenIds.length === greedy.length;
  return smallest_top1_gap < CLOSE_GAP && logprobs[difference]! <= LARGEST_TIED_LOGPROB;
}
