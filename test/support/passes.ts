import type { Pass, SlotSampling } from '../../src/llm/step-plan.js';

/** A prompt, or a chunk of one: the tokens of one slot after `numComputed` earlier ones. */
export function prefill(slot: number, tokenIds: readonly number[], numComputed = 0, isSampled = true): Pass {
  return {
    firstSlot: slot,
    numRows: 1,
    tokensPerRow: tokenIds.length,
    tokenIds: Int32Array.from(tokenIds),
    numComputedTokens: Int32Array.of(numComputed),
    sampledRows: Uint8Array.of(isSampled ? 1 : 0),
  };
}

/** One token for each of consecutive slots. */
export function decode(firstSlot: number, rows: readonly { tokenId: number; numComputed: number }[]): Pass {
  return {
    firstSlot,
    numRows: rows.length,
    tokensPerRow: 1,
    tokenIds: Int32Array.from(rows, ({ tokenId }) => tokenId),
    numComputedTokens: Int32Array.from(rows, ({ numComputed }) => numComputed),
    sampledRows: new Uint8Array(rows.length).fill(1),
  };
}

export const greedy = (slot: number, numLogprobs = -1): SlotSampling => ({
  slot,
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: 0,
  numLogprobs,
});
