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
  /** Of a prefill chunk: positions of the prompt to report on; undefined for none. */
  readonly promptLogprobs?: PromptLogprobsSpec | undefined;
}

/** Which tokens of a prompt are reported with their probability under the model, given all before them. */
export interface PromptLogprobsSpec {
  /** The token of the pass, counted from 0, that is followed by the first reported one. */
  readonly firstToken: number;
  /** int32 [numPositions]: the tokens that follow that one, the last of which may be the next chunk's first. */
  readonly targetTokenIds: Int32Array;
  /** How many of the likeliest tokens are named at each position. */
  readonly numLogprobs: number;
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

/**
 * What changes a sequence's logits before a token is chosen. Token ids are below the model's vocabSize. Lists that look
 * back are empty when nothing looks at them.
 */
export interface LogitConstraints {
  /** Above 1 against tokens of the prompt and the output; 1 changes nothing. */
  readonly repetitionPenalty: number;
  /** Subtracted for every time that the output has a token; 0 changes nothing. */
  readonly frequencyPenalty: number;
  /** Subtracted from tokens that the output has; 0 changes nothing. */
  readonly presencePenalty: number;
  /** Only these may be chosen; empty allows all. */
  readonly allowedTokenIds: Int32Array;
  /** Of each of these the last token may not follow the others; none is empty. */
  readonly badWords: readonly Int32Array[];
  /** `biases[i]` is added to the logit of `biasedTokenIds[i]`. */
  readonly biasedTokenIds: Int32Array;
  readonly biases: Float32Array;
  /** Tokens that end a sequence: they may not be chosen before the sequence has `minLength` tokens, its prompt's included. */
  readonly endTokenIds: Int32Array;
  readonly minLength: number;
  /** The different tokens of the prompt, which need not pass through the plans: they may be in the prefix cache. */
  readonly promptTokenIds: Int32Array;
  /** What the sequence had generated when it entered its slot; more than nothing after a preemption. */
  readonly outputTokenIds: Int32Array;
}

/** How one sequence's tokens are chosen. Defaults and limits are SamplingParams'. */
export interface SlotSampling {
  readonly slot: number;
  /** Below {@link GREEDY_TEMPERATURE}: greedy, and the filters are ignored. */
  readonly temperature: number;
  /** Keep tokens that are at least this part as likely as the likeliest; 0 keeps all. */
  readonly minP: number;
  /** Keep the K likeliest tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the likeliest tokens whose probabilities add up to this; 1 keeps all. */
  readonly topP: number;
  /** Unsigned 32-bit. The token at a position is a function of seed and position alone, whatever else is in the batch. */
  readonly seed: number;
  /** How many of the likeliest tokens are reported with their log-probabilities; -1 reports none. */
  readonly numLogprobs: number;
  /** Undefined: the logits are taken as they are. */
  readonly constraints?: LogitConstraints | undefined;
}

/** Tokens that a grammar allows next in one slot. */
export interface GrammarBitmask {
  readonly slot: number;
  /** int32 [ceil(vocabSize / 32)]: token t is allowed when bit t % 32 of word floor(t / 32) is 1. */
  readonly bitmask: Int32Array;
}

export interface StepPlan {
  /** Counts up by one from 1 over the engine's life. */
  readonly stepId: number;
  readonly slotMoves: readonly SlotMove[];
  readonly slotTrims: readonly SlotTrim[];
  /** Sampling of the sequences that enter their slot in this step; applied after the moves. */
  readonly slotSamplings: readonly SlotSampling[];
  /** Of sampled rows whose sequences follow a grammar; undefined for none. */
  readonly grammarBitmasks?: readonly GrammarBitmask[] | undefined;
  readonly passes: readonly Pass[];
}

/** A token that was chosen. Without log-probabilities asked for, the fields behind `tokenId` are 0 or empty. */
export interface SampledToken {
  readonly slot: number;
  readonly tokenId: number;
  /** Natural log of the probability under the model, before constraints, temperature and filters (vLLM's raw_logprobs). */
  readonly logprob: number;
  /** In the whole vocabulary under the model: one more than there are likelier tokens. */
  readonly rank: number;
  /** The `numLogprobs` likeliest tokens, best first; empty when none were asked for. */
  readonly topTokenIds: Int32Array;
  readonly topLogprobs: Float32Array;
}

/** The answer to a {@link PromptLogprobsSpec}; logarithms are natural ones, as of a {@link SampledToken}. */
export interface PromptLogprobs {
  readonly slot: number;
  /** float32 [numPositions] of the prompt's own tokens. */
  readonly logprobs: Float32Array;
  /** int32 [numPositions]. */
  readonly ranks: Int32Array;
  /** int32 [numPositions, numLogprobs], the likeliest first. */
  readonly topTokenIds: Int32Array;
  /** float32 [numPositions, numLogprobs]. */
  readonly topLogprobs: Float32Array;
}

export interface StepOutput {
  readonly stepId: number;
  /** One for every sampled row, in the order of the plan's passes and rows. */
  readonly sampledTokens: readonly SampledToken[];
  /** One for every pass that asks for it, in the plan's order; undefined for none. */
  readonly promptLogprobs?: readonly PromptLogprobs[] | undefined;
}
