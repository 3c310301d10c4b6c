import fc from 'fast-check';
import { decodeStepOutput, encodeStepOutput } from '../../../../src/llm/step-output-codec.js';
import type { StepPlan } from '../../../../src/llm/step-plan.js';
import { decodeStepPlan, encodeStepPlan } from '../../../../src/llm/step-plan-codec.js';
import { WordWriter } from '../../../../src/llm/word-buffer.js';
import { stepOutputs, stepPlans } from './step-plan-arbitraries.js';

describe('step plan codec', () => {
  it('decodes what it encoded, with one writer for all plans', () => {
    const writer = new WordWriter();
    fc.assert(fc.property(stepPlans, (plan) => expect(decodeStepPlan(encodeStepPlan(plan, writer))).toEqual(plan)));
  });

  it('decodes what it encoded of outputs', () => {
    const writer = new WordWriter();
    fc.assert(
      fc.property(stepOutputs, (output) => expect(decodeStepOutput(encodeStepOutput(output, writer))).toEqual(output)),
    );
  });

  it('grows the writer for a plan that is larger than its memory', () => {
    const tokenIds = Int32Array.from({ length: 10_000 }, (_, index) => index);
    const large: StepPlan = {
      stepId: 1,
      slotMoves: [],
      slotTrims: [],
      slotSamplings: [],
      passes: [
        {
          firstSlot: 0,
          numRows: 1,
          tokensPerRow: tokenIds.length,
          tokenIds,
          numComputedTokens: Int32Array.of(5),
          sampledRows: Uint8Array.of(1),
        },
      ],
    };
    expect(decodeStepPlan(encodeStepPlan(large, new WordWriter()))).toEqual(large);
  });

  it('decodes views of aligned bytes and copies others', () => {
    const plan: StepPlan = {
      stepId: 1,
      slotMoves: [],
      slotTrims: [],
      slotSamplings: [],
      passes: [
        {
          firstSlot: 0,
          numRows: 1,
          tokensPerRow: 1,
          tokenIds: Int32Array.of(42),
          numComputedTokens: Int32Array.of(0),
          sampledRows: Uint8Array.of(1),
        },
      ],
    };
    const aligned = encodeStepPlan(plan, new WordWriter());
    expect(decodeStepPlan(aligned).passes[0]!.tokenIds.buffer).toBe(aligned.buffer);
    const shifted = new Uint8Array(aligned.length + 1);
    shifted.set(aligned, 1);
    expect(decodeStepPlan(shifted.subarray(1))).toEqual(plan);
  });

  it('refuses bytes of another kind, of another length, or cut short', () => {
    const plan = encodeStepPlan(
      { stepId: 1, slotMoves: [{ from: 1, to: 0, numTokens: 3 }], slotTrims: [], slotSamplings: [], passes: [] },
      new WordWriter(),
    );
    expect(() => decodeStepOutput(plan)).toThrow('A step output starts with 52545002');
    expect(() => decodeStepPlan(plan.subarray(0, plan.length - 4))).toThrow(
      'A frame of 10 words ends before its word 11.',
    );
    expect(() => decodeStepPlan(plan.subarray(0, 6))).toThrow('A frame of 6 bytes is cut short.');
  });
});
