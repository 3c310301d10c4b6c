import { InternalError } from '../../../../../src/core/index.js';
import type { StageConfig } from '../../../../../src/llm/config/stage-config.js';
import type { Pass, StepPlan } from '../../../../../src/llm/step-plan.js';
import { checkStepPlan } from '../../../../../worker/model/runner/check-step-plan.js';
import { decode, greedy, prefill } from '../../../../support/passes.js';
import { tinyLlama } from '../../../../support/tiny-llama.js';

const config: StageConfig = {
  model: tinyLlama,
  stage: 0,
  pipelineParallelSize: 2,
  layers: { firstLayer: 0, endLayer: 1 },
  tensorParallelSize: 1,
  localTensorRanks: [0],
  numSlots: 4,
  maxNumBatchedTokens: 16,
  numThreads: 1,
  allowSpinning: false,
};

const plan = (changes: Partial<StepPlan>): StepPlan => ({
  stepId: 7,
  slotMoves: [],
  slotTrims: [],
  slotSamplings: [],
  passes: [],
  ...changes,
});

const check = (changes: Partial<StepPlan>, stage: Partial<StageConfig> = {}, hiddenStates?: readonly Float32Array[]) =>
  checkStepPlan(plan(changes), hiddenStates, { ...config, ...stage });

const row = { tokenId: 5, numComputed: 3 };
const withPass = (pass: Pass): Partial<StepPlan> => ({ passes: [pass] });

describe('checkStepPlan', () => {
  it('accepts moves, samplings, chunks and batches inside the memory', () => {
    const passes = [decode(0, [row, row, row, row]), prefill(3, new Array(16).fill(1), 48)];
    expect(() =>
      check({ slotMoves: [{ from: 3, to: 0, numTokens: 64 }], slotTrims: [], slotSamplings: [greedy(3)], passes }),
    ).not.toThrow();
  });

  it.each<[string, Partial<StepPlan>]>([
    ['a move out of the slots', { slotMoves: [{ from: 0, to: 4, numTokens: 1 }] }],
    ['a move of more than a slot holds', { slotMoves: [{ from: 0, to: 1, numTokens: 65 }] }],
    ['a sampling of no slot', { slotSamplings: [greedy(-1)] }],
    ['rows beyond the last slot', withPass(decode(2, [row, row, row]))],
    ['a chunk beyond the batch', withPass(prefill(0, new Array(17).fill(1)))],
    ['positions beyond the model length', withPass(decode(0, [{ tokenId: 1, numComputed: 64 }]))],
    ['negative lengths', withPass(decode(0, [{ tokenId: 1, numComputed: -1 }]))],
    ['a token beyond the vocabulary', withPass(prefill(0, [101]))],
    ['a negative token', withPass(prefill(0, [-1]))],
    ['a pass without rows', withPass(decode(0, []))],
    ['several rows of several tokens', withPass({ ...decode(0, [row, row]), tokensPerRow: 2 })],
    ['fewer tokens than the rectangle', withPass({ ...prefill(0, [1, 2]), tokenIds: Int32Array.of(1) })],
  ])('refuses %s', (_, changes) => {
    expect(() => check(changes)).toThrow(InternalError);
    expect(() => check(changes)).toThrow(/step 7/);
  });

  describe('on a later stage', () => {
    const later = { stage: 1 };

    it('accepts hidden states of the passes’ sizes', () => {
      expect(() => check(withPass(prefill(0, [1, 2])), later, [new Float32Array(2 * 48)])).not.toThrow();
    });

    it('refuses passes without hidden states, or of another size', () => {
      expect(() => check(withPass(prefill(0, [1, 2])), later)).toThrow(InternalError);
      expect(() => check(withPass(prefill(0, [1, 2])), later, [new Float32Array(48)])).toThrow(InternalError);
    });
  });
});
