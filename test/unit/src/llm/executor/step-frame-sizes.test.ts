import fc from 'fast-check';
import type { EngineCoreRequest } from '../../../../../src/llm/engine/engine-core-request.js';
import {
  maxStepOutputBytes,
  maxStepPlanBytes,
  type StepFrameLimits,
} from '../../../../../src/llm/executor/step-frame-sizes.js';
import { Scheduler } from '../../../../../src/llm/scheduler/scheduler.js';
import { encodeStepOutput } from '../../../../../src/llm/step-output-codec.js';
import type { StepOutput, StepPlan } from '../../../../../src/llm/step-plan.js';
import { encodeStepPlan } from '../../../../../src/llm/step-plan-codec.js';
import { WordWriter } from '../../../../../src/llm/word-buffer.js';
import { answer, coreRequest, EOS, requestConstraints, schedulerConfig } from '../scheduler/scheduler-fixture.js';

const VOCAB_SIZE = 20_000;
const MAX_LOGPROBS = 15_000;

const config = schedulerConfig({
  numLanes: 1,
  sequencesPerLane: 6,
  slotsPerLane: 8,
  maxNumSeqs: 6,
  maxNumBatchedTokens: 96,
  maxModelLen: 128,
  numBlocks: 24,
});

const limits: StepFrameLimits = {
  numSlots: config.slotsPerLane,
  numRows: config.sequencesPerLane,
  maxNumBatchedTokens: config.maxNumBatchedTokens,
  maxModelLen: config.maxModelLen,
  vocabSize: VOCAB_SIZE,
  numEosTokens: 1,
  maxLogprobs: MAX_LOGPROBS,
};

const tokensFrom0 = (count: number) => Array.from({ length: count }, (_, tokenId) => tokenId);

const many = fc.oneof(fc.nat(50), fc.nat(VOCAB_SIZE), fc.constant(VOCAB_SIZE));
const numLogprobs = fc.constantFrom(-1, 0, 5, MAX_LOGPROBS);

const requests = fc.record({
  promptLength: fc.integer({ min: 1, max: 100 }),
  numAllowed: many,
  numBiased: many,
  numStops: fc.nat(100),
  numBadWords: fc.nat(2000),
  minTokens: fc.nat(3),
  repetitionPenalty: fc.constantFrom(1, 1.2),
  numLogprobs,
  numPromptLogprobs: numLogprobs,
});

type RequestSizes = typeof requests extends fc.Arbitrary<infer Sizes> ? Sizes : never;

function requestOf(sizes: RequestSizes, index: number): EngineCoreRequest {
  const { promptLength, minTokens, numPromptLogprobs, repetitionPenalty } = sizes;
  const sampling = {
    maxTokens: 5,
    minTokens,
    stopTokenIds: tokensFrom0(sizes.numStops),
    numLogprobs: sizes.numLogprobs,
    numPromptLogprobs,
    skipReadingPrefixCache: numPromptLogprobs >= 0,
    constraints: requestConstraints({
      repetitionPenalty,
      allowedTokenIds: tokensFrom0(sizes.numAllowed),
      logitBias: tokensFrom0(sizes.numBiased).map((tokenId) => [tokenId, 1]),
      badWordsTokenIds: tokensFrom0(sizes.numBadWords).map((tokenId) => [tokenId, tokenId, 1]),
    }),
  };
  return coreRequest(`r${index}`, promptLength, sampling, 1000 * index);
}

/** The plan with a grammar's bitmask for every row. */
const withBitmasks = (plan: StepPlan): StepPlan => ({
  ...plan,
  grammarBitmasks: tokensFrom0(limits.numRows).map((slot) => ({
    slot,
    bitmask: new Int32Array(Math.ceil(VOCAB_SIZE / 32)),
  })),
});

/** An answer in which everything is as large as it may be. */
function largestAnswer(plan: StepPlan): StepOutput {
  const top = { topTokenIds: new Int32Array(MAX_LOGPROBS), topLogprobs: new Float32Array(MAX_LOGPROBS) };
  const { stepId, sampledTokens, promptLogprobs } = answer(plan, (slot) => (slot % 2 === 0 ? EOS : 9000));
  const largest = sampledTokens.map((token) => ({ ...token, ...top }));
  return promptLogprobs === undefined
    ? { stepId, sampledTokens: largest }
    : { stepId, sampledTokens: largest, promptLogprobs };
}

describe('the largest frames', () => {
  it('are as large as any that the scheduler makes', () => {
    const writer = new WordWriter();
    let largestShare = 0;
    fc.assert(
      fc.property(fc.array(requests, { minLength: 1, maxLength: 12 }), (workload) => {
        const scheduler = new Scheduler(config);
        for (const [index, sizes] of workload.entries()) scheduler.addRequest(requestOf(sizes, index));
        for (let plan = scheduler.schedule(0); plan !== undefined; plan = scheduler.schedule(0)) {
          const planShare = encodeStepPlan(withBitmasks(plan), writer).length / maxStepPlanBytes(limits);
          const output = largestAnswer(plan);
          const outputShare = encodeStepOutput(output, writer).length / maxStepOutputBytes(limits);
          expect(Math.max(planShare, outputShare)).toBeLessThanOrEqual(1);
          largestShare = Math.max(largestShare, Math.min(planShare, 1));
          scheduler.update(output);
        }
        expect(scheduler.hasUnfinishedRequests()).toBe(false);
      }),
      { numRuns: 30 },
    );
    // Otherwise it says nothing of the limit.
    expect(largestShare).toBeGreaterThan(0.5);
  });
});
