import fc from 'fast-check';
import { Scheduler } from '../../../../../src/llm/scheduler/scheduler.js';
import type { StepPlan } from '../../../../../src/llm/step-plan.js';
import { answer, coreRequest, schedulerConfig } from './scheduler-fixture.js';

const prefillTokens = ({ passes }: StepPlan): number =>
  passes.filter(({ tokensPerRow }) => tokensPerRow > 1).reduce((sum, { tokensPerRow }) => sum + tokensPerRow, 0);

const decodedRows = ({ passes }: StepPlan): number =>
  passes.filter(({ tokensPerRow }) => tokensPerRow === 1).reduce((sum, { numRows }) => sum + numRows, 0);

describe('the policy', () => {
  const urgency = (scheduler: Scheduler) => {
    scheduler.addRequest({ ...coreRequest('late', 5), priority: 1, arrivalTime: 9 });
    scheduler.addRequest({ ...coreRequest('early', 5), priority: 1, arrivalTime: 3 });
    scheduler.addRequest({ ...coreRequest('urgent', 5), priority: 0, arrivalTime: 99 });
    return scheduler.waiting.map(({ requestId }) => requestId);
  };

  it('fcfs serves in order of arrival', () => {
    expect(urgency(new Scheduler(schedulerConfig()))).toEqual(['late', 'early', 'urgent']);
  });

  it('priority serves the lowest value first, then the earliest', () => {
    const scheduler = new Scheduler(schedulerConfig({ schedulingPolicy: 'priority' }));
    expect(urgency(scheduler)).toEqual(['urgent', 'early', 'late']);
  });

  it('priority preempts the highest value', () => {
    const scheduler = new Scheduler(schedulerConfig({ schedulingPolicy: 'priority', numBlocks: 4 }));
    scheduler.addRequest({ ...coreRequest('idle', 31), priority: 2 });
    scheduler.addRequest({ ...coreRequest('urgent', 31, {}, 500), priority: 1 });
    while (scheduler.stats().numPreemptions === 0) scheduler.update(answer(scheduler.schedule(0)!));
    expect(scheduler.waiting.map(({ requestId }) => requestId)).toEqual(['idle']);
  });
});

describe('the tokens of a step', () => {
  it('are never more than one chunk of prompts beside decodes, and every decode is among them', () => {
    const limits = fc.record({ chunk: fc.integer({ min: 1, max: 30 }), extraTokens: fc.integer({ min: 1, max: 60 }) });
    const prompts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(limits, prompts, ({ chunk, extraTokens }, lengths) => {
        const config = { maxPrefillTokensBesideDecodes: chunk, maxNumBatchedTokens: 4 + extraTokens, numBlocks: 64 };
        const scheduler = new Scheduler(schedulerConfig(config));
        for (const [index, length] of lengths.entries()) {
          scheduler.addRequest(coreRequest(`${index}`, length, { maxTokens: 5 }, 1000 * (index + 1)));
        }
        while (scheduler.hasUnfinishedRequests()) {
          const decoding = scheduler.requests.filter(
            ({ status, tokenIds, numComputedTokens }) =>
              status === 'RUNNING' && tokenIds.length - numComputedTokens === 1,
          );
          const plan = scheduler.schedule(0)!;
          expect(decodedRows(plan)).toBeGreaterThanOrEqual(decoding.length);
          if (decoding.length > 0) expect(prefillTokens(plan)).toBeLessThanOrEqual(chunk);
          scheduler.update(answer(plan));
        }
      }),
    );
  });

  it('are a chunk of a long prompt, also alone', () => {
    const scheduler = new Scheduler(schedulerConfig({ longPrefillTokenThreshold: 10 }));
    scheduler.addRequest(coreRequest('a', 25));
    const chunks = [0, 1, 2].map(() => {
      const plan = scheduler.schedule(0)!;
      scheduler.update(answer(plan));
      return plan.passes[0]!.tokensPerRow;
    });
    expect(chunks).toEqual([10, 10, 5]);
  });

  it('hold whole prompts without chunked prefill', () => {
    const scheduler = new Scheduler(schedulerConfig({ enableChunkedPrefill: false, maxPrefillTokensBesideDecodes: 1 }));
    for (const [index, length] of [40, 20, 10].entries()) scheduler.addRequest(coreRequest(`${index}`, length));
    const step = () => {
      const plan = scheduler.schedule(0)!;
      scheduler.update(answer(plan));
      return plan.passes.map(({ numRows, tokensPerRow }) => [numRows, tokensPerRow]);
    };
    scheduler.addRequest(coreRequest('last', 30, {}, 500));
    expect(step()).toEqual([
      [1, 40],
      [1, 20],
    ]);
    expect(step()).toEqual([
      [2, 1],
      [1, 10],
      [1, 30],
    ]);
  });
});
