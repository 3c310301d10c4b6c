import fc from 'fast-check';
import type { LogitConstraints, Pass, PromptLogprobs, StepOutput, StepPlan } from '../../../../src/llm/step-plan.js';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const count = fc.nat(100_000);
const number = fc.double({ min: -100, max: 100, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const ids = fc.int32Array({ maxLength: 5 });
const floats = (length: number) => fc.float32Array({ minLength: length, maxLength: length, noNaN: true });
const ints = (length: number) => fc.int32Array({ minLength: length, maxLength: length });

const logitConstraints: fc.Arbitrary<LogitConstraints> = fc.nat(4).chain((numBiases) =>
  fc.record({
    repetitionPenalty: number,
    frequencyPenalty: number,
    presencePenalty: number,
    allowedTokenIds: ids,
    badWords: fc.array(fc.int32Array({ minLength: 1, maxLength: 3 }), { maxLength: 3 }),
    biasedTokenIds: ints(numBiases),
    biases: floats(numBiases),
    endTokenIds: ids,
    minLength: count,
    promptTokenIds: ids,
    outputTokenIds: ids,
  }),
);

const slotSampling = fc.record(
  {
    slot: count,
    temperature: share,
    minP: share,
    topK: count,
    topP: share,
    seed: fc.nat(2 ** 32 - 1),
    numLogprobs: fc.integer({ min: -1, max: 20 }),
    constraints: logitConstraints,
  },
  { requiredKeys: ['slot', 'temperature', 'minP', 'topK', 'topP', 'seed', 'numLogprobs'] },
);

const pass: fc.Arbitrary<Pass> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([numRows, tokensPerRow]) =>
    fc.record(
      {
        firstSlot: count,
        numRows: fc.constant(numRows),
        tokensPerRow: fc.constant(tokensPerRow),
        tokenIds: ints(numRows * tokensPerRow),
        numComputedTokens: ints(numRows),
        sampledRows: fc.uint8Array({ minLength: numRows, maxLength: numRows, max: 1 }),
        promptLogprobs: fc.record({
          firstToken: count,
          targetTokenIds: fc.int32Array({ minLength: 1, maxLength: 9 }),
          numLogprobs: count,
        }),
      },
      { requiredKeys: ['firstSlot', 'numRows', 'tokensPerRow', 'tokenIds', 'numComputedTokens', 'sampledRows'] },
    ),
  );

/** Plans with everything that a plan can hold, at random. */
export const stepPlans: fc.Arbitrary<StepPlan> = fc.record(
  {
    stepId: count,
    slotMoves: fc.array(fc.record({ from: count, to: count, numTokens: count })),
    slotTrims: fc.array(fc.record({ slot: count, numTokens: count })),
    slotSamplings: fc.array(slotSampling),
    grammarBitmasks: fc.array(fc.record({ slot: count, bitmask: ids }), { minLength: 1 }),
    passes: fc.array(pass),
  },
  { requiredKeys: ['stepId', 'slotMoves', 'slotTrims', 'slotSamplings', 'passes'] },
);

const sampledToken = fc.nat(5).chain((numTop) =>
  fc.record({
    slot: count,
    tokenId: int32,
    logprob: fc.float({ max: 0, noNaN: true }),
    rank: count,
    topTokenIds: ints(numTop),
    topLogprobs: floats(numTop),
  }),
);

const promptLogprobs: fc.Arbitrary<PromptLogprobs> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.nat(4))
  .chain(([numPositions, numTop]) =>
    fc.record({
      slot: count,
      logprobs: floats(numPositions),
      ranks: ints(numPositions),
      topTokenIds: ints(numPositions * numTop),
      topLogprobs: floats(numPositions * numTop),
    }),
  );

/** Outputs with everything that an output can hold, at random. */
export const stepOutputs: fc.Arbitrary<StepOutput> = fc.record(
  {
    stepId: count,
    sampledTokens: fc.array(sampledToken),
    promptLogprobs: fc.array(promptLogprobs, { minLength: 1 }),
  },
  { requiredKeys: ['stepId', 'sampledTokens'] },
);
