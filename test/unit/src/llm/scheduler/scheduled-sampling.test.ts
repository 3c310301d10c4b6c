import type { StepPlan } from '../../../../../src/llm/step-plan.js';
import { answer, coreRequest, EOS, requestConstraints } from './scheduler-fixture.js';
import { requirePlan, schedulerWith, shapes, step } from './step-scheduler.js';

describe('when something changes the logits', () => {
  const constraintsOf = (plan: StepPlan) => plan.slotSamplings.map(({ constraints }) => constraints);

  it('keeps end and stop tokens away until the request has its minimum', () => {
    const sampling = { minTokens: 2, stopTokenIds: [9, EOS], ignoreEos: true };
    const [constraints] = constraintsOf(step(schedulerWith({}, coreRequest('a', 3, sampling))));
    expect(constraints).toMatchObject({ endTokenIds: Int32Array.of(EOS, 9), minLength: 5 });
  });

  it('tells the ranks of the tokens to look back at, the prompt’s once each', () => {
    const request = coreRequest('a', 3, { constraints: requestConstraints({ repetitionPenalty: 1.5 }) });
    const scheduler = schedulerWith({}, { ...request, promptTokenIds: [5, 6, 5] });
    expect(constraintsOf(step(scheduler))).toMatchObject([
      { promptTokenIds: Int32Array.of(5, 6), outputTokenIds: new Int32Array(0) },
    ]);
  });

  it('tells them of none that nothing looks back at', () => {
    const constraints = requestConstraints({ badWordsTokenIds: [[7]], logitBias: [[8, 2]] });
    expect(constraintsOf(step(schedulerWith({}, coreRequest('a', 3, { constraints }))))).toMatchObject([
      { promptTokenIds: new Int32Array(0), badWords: [Int32Array.of(7)], biasedTokenIds: Int32Array.of(8) },
    ]);
  });

  it('leaves for the next step what a plan has no room for', () => {
    const constraints = requestConstraints({
      allowedTokenIds: Array.from({ length: 40_000 }, (_, tokenId) => tokenId),
    });
    const scheduler = schedulerWith({}, coreRequest('a', 3, { constraints }), coreRequest('b', 3, { constraints }));
    expect([step(scheduler), step(scheduler)].map((plan) => plan.slotSamplings.length)).toEqual([1, 1]);
  });
});

describe('when a prompt is reported on', () => {
  const specs = (plan: StepPlan) => plan.passes.map(({ promptLogprobs }) => promptLogprobs);

  it('asks with every chunk for the tokens that follow its own', () => {
    const scheduler = schedulerWith({ maxNumBatchedTokens: 4 }, coreRequest('a', 6, { numPromptLogprobs: 2 }));
    expect([step(scheduler), step(scheduler)].flatMap(specs)).toEqual([
      { firstToken: 0, targetTokenIds: Int32Array.of(101, 102, 103, 104), numLogprobs: 2 },
      { firstToken: 0, targetTokenIds: Int32Array.of(105), numLogprobs: 2 },
    ]);
  });

  it('asks for nothing of a prompt of one token, and reports that', () => {
    const scheduler = schedulerWith({}, coreRequest('a', 1, { numPromptLogprobs: 2 }));
    const plan = requirePlan(scheduler);
    expect(specs(plan)).toEqual([undefined]);
    expect(scheduler.update(answer(plan))).toMatchObject([{ newPromptLogprobs: [] }]);
  });

  it('cuts a prompt whose report would be too large, even where prompts are not cut', () => {
    const sampling = { numPromptLogprobs: 30_000, skipReadingPrefixCache: true };
    const scheduler = schedulerWith({ enableChunkedPrefill: false }, coreRequest('a', 9, sampling));
    expect([step(scheduler), step(scheduler), step(scheduler)].flatMap(shapes)).toMatchObject([
      { tokensPerRow: 4, sampled: [0] },
      { tokensPerRow: 4, sampled: [0] },
      { tokensPerRow: 1, sampled: [1] },
    ]);
  });

  it('refuses an answer without the report', () => {
    const scheduler = schedulerWith({}, coreRequest('a', 3, { numPromptLogprobs: 0 }));
    const { stepId, sampledTokens } = answer(requirePlan(scheduler));
    expect(() => scheduler.update({ stepId, sampledTokens })).toThrow(
      '1 tokens and 0 reports on prompts, expected 1 and 1.',
    );
  });
});
