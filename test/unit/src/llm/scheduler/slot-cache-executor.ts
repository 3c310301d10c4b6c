import type { Executor } from '../../../../../src/llm/executor/executor.js';
import {
  maxStepOutputBytes,
  maxStepPlanBytes,
  type StepFrameLimits,
} from '../../../../../src/llm/executor/step-frame-sizes.js';
import type { SchedulerConfig } from '../../../../../src/llm/scheduler/scheduler-config.js';
import { decodeStepOutput, encodeStepOutput } from '../../../../../src/llm/step-output-codec.js';
import type { Pass, PromptLogprobs, SampledToken, StepOutput, StepPlan } from '../../../../../src/llm/step-plan.js';
import { decodeStepPlan, encodeStepPlan } from '../../../../../src/llm/step-plan-codec.js';
import { WordWriter } from '../../../../../src/llm/word-buffer.js';
import { SlotSamplings } from '../../../../../worker/model/runner/slot-samplings.js';

/** The fake model: the next token depends on the seed and on every token before it, in order. */
export function nextToken(seed: number, tokens: readonly number[]): number {
  return tokens.reduce((hash, token) => (Math.imul(hash, 31) + token) >>> 0, seed) % 1_000_000;
}

/** What the fake model says of a token that follows others. */
export const fakeLogprob = (before: readonly number[]): number => -(nextToken(7, before) % 1000);

const blocksOf = (numTokens: number): number => Math.ceil(numTokens / 16);

/**
 * An executor whose KV slots hold the tokens themselves and their seed, so that a plan that uses a wrong slot, position or
 * cached prefix yields wrong tokens or throws; so does one that leaves more blocks backed by memory than there are, or that
 * tells the ranks another output to look back at than the sequence has. Plans and outputs go through the codec, as between
 * processes.
 */
export class SlotCacheExecutor implements Executor {
  readonly maxConcurrentBatches: number;
  readonly #limits: StepFrameLimits;
  readonly #numBlocks: number;
  readonly #slots: number[][];
  readonly #samplings = new SlotSamplings();
  readonly #outputs: StepOutput[] = [];
  #lastStepId = 0;

  constructor({ numLanes, slotsPerLane, sequencesPerLane, numBlocks, eosTokenIds, ...config }: SchedulerConfig) {
    this.#numBlocks = numBlocks;
    this.maxConcurrentBatches = numLanes;
    this.#limits = {
      numSlots: numLanes * slotsPerLane,
      numRows: sequencesPerLane,
      maxNumBatchedTokens: config.maxNumBatchedTokens,
      maxModelLen: config.maxModelLen,
      vocabSize: 1_000_000,
      numEosTokens: eosTokenIds.length,
      maxLogprobs: 20,
    };
    this.#slots = Array.from({ length: this.#limits.numSlots }, () => []);
  }

  submit(plan: StepPlan): void {
    if (this.#outputs.length === this.maxConcurrentBatches) throw new Error('Too many plans in flight.');
    const payload = encodeStepPlan(plan, new WordWriter());
    if (payload.length > maxStepPlanBytes(this.#limits)) throw new Error(`The plan has ${payload.length} bytes.`);
    const { stepId, slotMoves, slotTrims, slotSamplings, passes } = decodeStepPlan(payload);
    if (stepId !== this.#lastStepId + 1) throw new Error(`Step ${stepId} follows ${this.#lastStepId}.`);
    this.#lastStepId = stepId;
    this.#checkPasses(passes);
    for (const { from, to, numTokens } of slotMoves) {
      const source = this.#slots[from]!;
      if (source.length < numTokens) throw new Error(`Slot ${from} holds ${source.length} tokens, not ${numTokens}.`);
      this.#slots[to]!.splice(0, numTokens, ...source.slice(0, numTokens));
      this.#samplings.move({ from, to, numTokens });
    }
    for (const { slot, numTokens } of slotTrims) this.#slots[slot]!.splice(numTokens);
    for (const sampling of slotSamplings) this.#samplings.set(sampling);
    const sampledTokens = passes.flatMap((pass) => this.#run(pass));
    const promptLogprobs = passes.flatMap((pass) => this.#report(pass));
    const numBacked = this.#slots.reduce((sum, tokens) => sum + blocksOf(tokens.length), 0);
    if (numBacked > this.#numBlocks) throw new Error(`${numBacked} blocks hold tokens, of ${this.#numBlocks}.`);
    this.#answer(promptLogprobs.length === 0 ? { stepId, sampledTokens } : { stepId, sampledTokens, promptLogprobs });
  }

  collect(): StepOutput {
    const output = this.#outputs.shift();
    if (output === undefined) throw new Error('No plan is in flight.');
    return output;
  }

  shutdown(): void {}

  #checkPasses(passes: readonly Pass[]): void {
    const numTokens = passes.reduce((sum, pass) => sum + pass.numRows * pass.tokensPerRow, 0);
    if (numTokens > this.#limits.maxNumBatchedTokens) throw new Error(`${numTokens} tokens are over the budget.`);
    if (passes.filter(({ numRows, tokensPerRow }) => numRows > 1 && tokensPerRow > 1).length > 0) {
      throw new Error('A pass has several rows of several tokens.');
    }
    const slots = passes.flatMap(({ firstSlot, numRows }) =>
      Array.from({ length: numRows }, (_, row) => firstSlot + row),
    );
    if (new Set(slots).size !== slots.length) throw new Error('A slot is in two passes.');
  }

  #run(pass: Pass): SampledToken[] {
    const { firstSlot, numRows, tokensPerRow, tokenIds, numComputedTokens, sampledRows } = pass;
    return Array.from({ length: numRows }, (_, row) => row).flatMap((row) => {
      const cached = this.#slots[firstSlot + row]!;
      const start = numComputedTokens[row]!;
      if (start > cached.length)
        throw new Error(`Slot ${firstSlot + row} holds ${cached.length} tokens, not ${start}.`);
      const tokens = tokenIds.subarray(row * tokensPerRow, (row + 1) * tokensPerRow);
      cached.splice(start, tokensPerRow, ...tokens);
      return sampledRows[row] === 1 ? [this.#sample(firstSlot + row, start + tokensPerRow)] : [];
    });
  }

  #sample(slot: number, length: number): SampledToken {
    const tokens = this.#slots[slot]!.slice(0, length);
    const { sampling, sequence } = this.#samplings.require(slot);
    const tokenId = nextToken(sampling.seed, tokens);
    if (sequence !== undefined) {
      expect(sequence.history.outputTokenIds).toEqual(tokens.slice(sequence.constraints.minLength));
      sequence.history.append(tokenId);
    }
    return { slot, tokenId, logprob: -0.5, rank: 1, topTokenIds: new Int32Array(0), topLogprobs: new Float32Array(0) };
  }

  #report({ firstSlot, numComputedTokens, promptLogprobs: spec }: Pass): PromptLogprobs[] {
    if (spec === undefined) return [];
    const { firstToken, targetTokenIds, numLogprobs } = spec;
    const start = numComputedTokens[0]! + firstToken + 1;
    const cached = this.#slots[firstSlot]!;
    const numTop = targetTokenIds.length * numLogprobs;
    return [
      {
        slot: firstSlot,
        logprobs: Float32Array.from(targetTokenIds, (_, index) => fakeLogprob(cached.slice(0, start + index))),
        ranks: targetTokenIds,
        topTokenIds: new Int32Array(numTop),
        topLogprobs: new Float32Array(numTop),
      },
    ];
  }

  #answer(output: StepOutput): void {
    const payload = encodeStepOutput(output, new WordWriter());
    if (payload.length > maxStepOutputBytes(this.#limits)) throw new Error(`The output has ${payload.length} bytes.`);
    this.#outputs.push(decodeStepOutput(payload));
  }
}
