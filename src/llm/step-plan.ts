/**
 * What the engine core tells the ranks to compute in one step, and what they answer: plain records, no behaviour.
 * Every rank of every stage receives the same plans in the same order; step-plan-codec.ts gives them their bytes.
 *
 * A sequence lives in a KV slot. The scheduler keeps the slots of the sequences that decode together next to each
 * other, so that a decode batch is one contiguous view of the KV cache and nothing is copied or gathered.
 */

/** One forward pass over a rectangle of tokens. A decode pass has one token a row; a prefill chunk is a single row. */
export interface Pass {
  /** The KV slot of row 0; row r uses slot `firstSlot + r`. */
  readonly firstSlot: number;
  readonly numRows: number;
  /** Tokens in every row: 1 when decoding, the chunk's length when prefilling (then `numRows` is 1). */
  readonly tokensPerRow: number;
  /** int32 [numRows, tokensPerRow], row-major. */
  readonly tokenIds: Int32Array;
  /** int32 [numRows]: tokens that each row's slot holds before this pass; the row's first token has this position. */
  readonly numComputedTokens: Int32Array;
  /** uint8 [numRows]: 1 where the row's last token is followed by a sampled one; 0 for a prompt's earlier chunks. */
  readonly sampledRows: Uint8Array;
}

/**
 * Copies a sequence's keys, values and sampling state to another slot, before the step's passes. A plan's moves are done
 * in their order. `to` is free. `from` stays as it is: the sequence leaves it, or shares its first tokens with another.
 */
export interface SlotMove {
  readonly from: number;
  readonly to: number;
  /** Tokens to carry over. */
  readonly numTokens: number;
}

/** Gives back the memory of a slot behind its first `numTokens` tokens, after the moves and before the passes. */
export interface SlotTrim {
  readonly slot: number;
  readonly numTokens: number;
}

/** Below this temperature the likeliest token is taken, as in vLLM (`_SAMPLING_EPS`). */
export const GREEDY_TEMPERATURE = 1e-5;

/** How one sequence's tokens are chosen. Defaults and limits are SamplingParams'. */
export interface SlotSampling {
  readonly slot: number;
  /** Below {@link GREEDY_TEMPERATURE}: greedy, and the other fields but `numLogprobs` are ignored. */
  readonly temperature: number;
  /** Keep the K likeliest tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the likeliest tokens whose probabilities add up to this; 1 keeps all. */
  readonly topP: number;
  /** Unsigned 32-bit. The token at a position is a function of seed and position alone, whatever else is in the batch. */
  readonly seed: number;
  /** How many of the likeliest tokens are reported with their log-probabilities; -1 reports none. */
  readonly numLogprobs: number;
}

export interface StepPlan {
  /** Counts up by one from 1 over the engine's life. */
  readonly stepId: number;
  readonly slotMoves: readonly SlotMove[];
  readonly slotTrims: readonly SlotTrim[];
  /** Sampling of the sequences that enter their slot in this step; applied after the moves. */
  readonly slotSamplings: readonly SlotSampling[];
  readonly passes: readonly Pass[];
}

export interface SampledToken {
  readonly slot: number;
  readonly tokenId: number;
  /** Natural log of the probability under the model, before temperature and filters (as vLLM's raw_logprobs). */
  readonly logprob: number;
  /** In the whole vocabulary under the model: one more than there are likelier tokens. */
  readonly rank: number;
  /** The `numLogprobs` likeliest tokens, best first; empty when none were asked for. */
  readonly topTokenIds: Int32Array;
  readonly topLogprobs: Float32Array;
}

export interface StepOutput {
  readonly stepId: number;
  /** One for every sampled row, in the order of the plan's passes and rows. */
  readonly sampledTokens: readonly SampledToken[];
}
