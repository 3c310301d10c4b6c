import fc from 'fast-check';
import type { StepOutput, StepPlan } from '../../../../src/llm/step-plan.js';
import {
  decodeStepOutput,
  decodeStepPlan,
  encodeStepOutput,
  encodeStepPlan,
} from '../../../../src/llm/step-plan-codec.js';
import { WordWriter } from '../../../../src/llm/word-buffer.js';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const count = fc.nat(100_000);

const pass = fc
  .tuple(count, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([firstSlot, numRows, tokensPerRow]) =>
    fc.record({
      firstSlot: fc.constant(firstSlot),
      numRows: fc.constant(numRows),
      tokensPerRow: fc.constant(tokensPerRow),
      tokenIds: fc.int32Array({ minLength: numRows * tokensPerRow, maxLength: numRows * tokensPerRow }),
      numComputedTokens: fc.int32Array({ minLength: numRows, maxLength: numRows }),
      sampledRows: fc.uint8Array({ minLength: numRows, maxLength: numRows, max: 1 }),
    }),
  );

const stepPlan: fc.Arbitrary<StepPlan> = fc.record({
  stepId: count,
  slotMoves: fc.array(fc.record({ from: count, to: count, numTokens: count })),
  slotTrims: fc.array(fc.record({ slot: count, numTokens: count })),
  slotSamplings: fc.array(
    fc.record({
      slot: count,
      temperature: fc.double({ min: 0, max: 2, noNaN: true }),
      topK: count,
      topP: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.nat(2 ** 32 - 1),
      numLogprobs: fc.integer({ min: -1, max: 20 }),
    }),
  ),
  passes: fc.array(pass),
});

const stepOutput: fc.Arbitrary<StepOutput> = fc.record({
  stepId: count,
  sampledTokens: fc.array(
    fc.nat(5).chain((numTop) =>
      fc.record({
        slot: count,
        tokenId: int32,
        logprob: fc.float({ max: 0, noNaN: true }),
        rank: count,
        topTokenIds: fc.int32Array({ minLength: numTop, maxLength: numTop }),
        topLogprobs: fc.float32Array({ minLength: numTop, maxLength: numTop, noNaN: true }),
      }),
    ),
  ),
});

describe('step plan codec', () => {
  it('decodes what it encoded, with one writer for all plans', () => {
    const writer = new WordWriter();
    fc.assert(fc.property(stepPlan, (plan) => expect(decodeStepPlan(encodeStepPlan(plan, writer))).toEqual(plan)));
  });

  it('decodes what it encoded of outputs', () => {
    const writer = new WordWriter();
    fc.assert(
      fc.property(stepOutput, (output) => expect(decodeStepOutput(encodeStepOutput(output, writer))).toEqual(output)),
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
    expect(() => decodeStepOutput(plan)).toThrow('A step output starts with 52545001');
    expect(() => decodeStepPlan(plan.subarray(0, plan.length - 4))).toThrow(
      'A frame of 8 words ends before its word 9.',
    );
    expect(() => decodeStepPlan(plan.subarray(0, 6))).toThrow('A frame of 6 bytes is cut short.');
  });
});
