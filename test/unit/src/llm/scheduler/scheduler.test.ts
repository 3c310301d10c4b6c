import { Scheduler } from '../../../../../src/llm/scheduler/scheduler.js';
import { schedulerFaults } from '../../../../../src/llm/scheduler/scheduler-invariants.js';
import { answer, coreRequest, EOS, schedulerConfig } from './scheduler-fixture.js';
import { requirePlan, schedulerWith, shapes, step } from './step-scheduler.js';

describe('Scheduler', () => {
  it('has nothing to plan without requests', () => {
    expect(new Scheduler(schedulerConfig()).schedule(0)).toBeUndefined();
  });

  it('prefills every prompt in a pass of its own, then decodes all in one', () => {
    const scheduler = schedulerWith({}, coreRequest('a', 3), coreRequest('b', 5));
    const prefill = step(scheduler, (slot) => 50 + slot);
    expect(shapes(prefill)).toEqual([
      { firstSlot: 0, numRows: 1, tokensPerRow: 3, sampled: [1] },
      { firstSlot: 1, numRows: 1, tokensPerRow: 5, sampled: [1] },
    ]);
    expect([...prefill.passes[0]!.tokenIds]).toEqual([100, 101, 102]);
    const decode = step(scheduler);
    expect(shapes(decode)).toEqual([{ firstSlot: 0, numRows: 2, tokensPerRow: 1, sampled: [1, 1] }]);
    expect([...decode.passes[0]!.tokenIds]).toEqual([50, 51]);
    expect([...decode.passes[0]!.numComputedTokens]).toEqual([3, 5]);
  });

  it('counts the steps from 1', () => {
    const scheduler = schedulerWith({}, coreRequest('a', 3));
    expect([step(scheduler).stepId, step(scheduler).stepId]).toEqual([1, 2]);
  });

  it('tells the sampling of a sequence when it enters its slot, and only then', () => {
    const scheduler = schedulerWith(
      {},
      coreRequest('a', 3, { temperature: 0.5, topK: 9, topP: 0.8, seed: 11, numLogprobs: 2 }),
    );
    expect(step(scheduler).slotSamplings).toEqual([
      { slot: 0, temperature: 0.5, topK: 9, topP: 0.8, minP: 0, seed: 11, numLogprobs: 2 },
    ]);
    expect(step(scheduler).slotSamplings).toEqual([]);
  });

  it('gives requests without a seed different ones that repeat from run to run', () => {
    const seeds = () =>
      step(schedulerWith({ seed: 5 }, coreRequest('a', 1), coreRequest('b', 1))).slotSamplings.map(({ seed }) => seed);
    expect(seeds()).toEqual(seeds());
    expect(new Set(seeds()).size).toBe(2);
  });

  it('reports new tokens with the log-probabilities that were asked for', () => {
    const scheduler = schedulerWith({}, coreRequest('a', 3, { numLogprobs: 0 }), coreRequest('b', 3));
    expect(scheduler.update(answer(requirePlan(scheduler)))).toEqual([
      {
        requestId: 'a',
        newTokenIds: [7],
        newLogprobs: [{ logprob: -1, rank: 1, topTokenIds: [], topLogprobs: [] }],
        finishReason: undefined,
        stopReason: undefined,
        numCachedTokens: 0,
      },
      {
        requestId: 'b',
        newTokenIds: [7],
        newLogprobs: [],
        finishReason: undefined,
        stopReason: undefined,
        numCachedTokens: 0,
      },
    ]);
  });

  it('refuses an id that is in use', () => {
    const scheduler = schedulerWith({}, coreRequest('a', 3));
    expect(() => scheduler.addRequest(coreRequest('a', 3))).toThrow('Request id a is already in use.');
  });

  it('refuses an answer to a step that is not in flight', () => {
    const scheduler = schedulerWith({}, coreRequest('a', 3));
    expect(() => scheduler.update({ stepId: 9, sampledTokens: [] })).toThrow('Step 9 was answered');
  });

  describe('when the prompts exceed the token budget', () => {
    it('computes a prompt in chunks and samples after the last', () => {
      const scheduler = schedulerWith({ maxNumBatchedTokens: 4 }, coreRequest('a', 10));
      expect([step(scheduler), step(scheduler), step(scheduler)].flatMap(shapes)).toEqual([
        { firstSlot: 0, numRows: 1, tokensPerRow: 4, sampled: [0] },
        { firstSlot: 0, numRows: 1, tokensPerRow: 4, sampled: [0] },
        { firstSlot: 0, numRows: 1, tokensPerRow: 2, sampled: [1] },
      ]);
    });

    it('decodes first and gives the rest of the budget to the prompt', () => {
      const scheduler = schedulerWith({ maxNumBatchedTokens: 8 }, coreRequest('a', 2));
      step(scheduler);
      scheduler.addRequest(coreRequest('b', 20));
      expect(shapes(step(scheduler))).toEqual([
        { firstSlot: 0, numRows: 1, tokensPerRow: 1, sampled: [1] },
        { firstSlot: 1, numRows: 1, tokensPerRow: 7, sampled: [0] },
      ]);
    });
  });

  describe('when a sequence ends', () => {
    it('moves the last sequence into its slot with the next step', () => {
      const scheduler = schedulerWith({}, coreRequest('a', 3), coreRequest('b', 4), coreRequest('c', 5));
      step(scheduler, (slot) => (slot === 0 ? EOS : 50 + slot));
      const plan = step(scheduler);
      expect(plan.slotMoves).toEqual([{ from: 2, to: 0, numTokens: 5 }]);
      expect([...plan.passes[0]!.tokenIds]).toEqual([52, 51]);
      expect(step(scheduler).slotMoves).toEqual([]);
    });

    it('keeps the decoding sequences together and moves a prompt in chunks behind them', () => {
      const scheduler = schedulerWith({ maxNumBatchedTokens: 8 }, coreRequest('a', 2), coreRequest('b', 2));
      step(scheduler);
      scheduler.addRequest(coreRequest('long', 30));
      step(scheduler, (slot) => (slot === 0 ? EOS : 50));
      const plan = step(scheduler);
      expect(plan.slotMoves).toEqual([
        { from: 1, to: 0, numTokens: 3 },
        { from: 2, to: 1, numTokens: 6 },
      ]);
      expect(shapes(plan)).toEqual([
        { firstSlot: 0, numRows: 1, tokensPerRow: 1, sampled: [1] },
        { firstSlot: 1, numRows: 1, tokensPerRow: 7, sampled: [0] },
      ]);
    });

    it('gives its blocks back', () => {
      const scheduler = schedulerWith({}, coreRequest('a', 33));
      expect(scheduler.stats().kvCacheUsage).toBe(0);
      const plan = requirePlan(scheduler);
      expect(scheduler.stats().kvCacheUsage).toBe(3 / 16);
      scheduler.update(answer(plan, () => EOS));
      expect(scheduler.stats()).toMatchObject({
        numRunningRequests: 0,
        numWaitingRequests: 0,
        numPreemptions: 0,
        kvCacheUsage: 0,
      });
      expect(scheduler.hasUnfinishedRequests()).toBe(false);
    });
  });

  describe('when a request is aborted', () => {
    it('drops what a step in flight computed for it', () => {
      const scheduler = schedulerWith({}, coreRequest('a', 3), coreRequest('b', 3));
      const plan = requirePlan(scheduler);
      scheduler.abortRequest('a');
      expect(scheduler.update(answer(plan)).map(({ requestId }) => requestId)).toEqual(['b']);
      expect(step(scheduler).slotMoves).toEqual([{ from: 1, to: 0, numTokens: 3 }]);
    });

    it('forgets it while it waits', () => {
      const scheduler = schedulerWith({ maxNumSeqs: 1 }, coreRequest('a', 3), coreRequest('b', 3));
      step(scheduler);
      scheduler.abortRequest('b');
      expect(scheduler.stats().numWaitingRequests).toBe(0);
    });

    it('ignores an id that it does not know', () => {
      expect(() => new Scheduler(schedulerConfig()).abortRequest('gone')).not.toThrow();
    });
  });

  describe('when the KV blocks run out', () => {
    it('preempts the newest request, which later computes its output again', () => {
      const scheduler = schedulerWith(
        { numBlocks: 4, maxModelLen: 64, enablePrefixCaching: false },
        coreRequest('old', 31),
        coreRequest('new', 31),
      );
      step(scheduler);
      step(scheduler);
      const plan = step(scheduler);
      expect(plan.passes.map(({ numRows }) => numRows)).toEqual([1]);
      expect(scheduler.stats()).toMatchObject({ numRunningRequests: 1, numWaitingRequests: 1, numPreemptions: 1 });
      scheduler.abortRequest('old');
      const resumed = step(scheduler);
      expect(shapes(resumed)).toEqual([{ firstSlot: 0, numRows: 1, tokensPerRow: 33, sampled: [1] }]);
      expect([...resumed.passes[0]!.tokenIds.slice(-2)]).toEqual([7, 7]);
    });

    it('takes back what the step gave to a request that an older one then preempts', () => {
      const requests = [coreRequest('a', 2), coreRequest('b', 31, {}, 300), coreRequest('c', 15, {}, 600)];
      const scheduler = schedulerWith({ numBlocks: 4, enablePrefixCaching: false }, ...requests);
      step(scheduler, (slot) => (slot === 0 ? EOS : 7));
      expect(step(scheduler).slotMoves).toEqual([{ from: 2, to: 0, numTokens: 15 }]);
      const plan = step(scheduler);
      expect(scheduler.stats().numPreemptions).toBe(1);
      expect(plan.slotMoves).toEqual([{ from: 1, to: 0, numTokens: 32 }]);
      expect(shapes(plan)).toEqual([{ firstSlot: 0, numRows: 1, tokensPerRow: 1, sampled: [1] }]);
      scheduler.abortRequest('b');
      expect([...step(scheduler).passes[0]!.tokenIds]).toEqual([...requests[2]!.promptTokenIds, 7, 7]);
    });

    it('admits nothing in the step that preempts', () => {
      const config = { numBlocks: 4, maxNumBatchedTokens: 16 };
      const scheduler = schedulerWith(config, coreRequest('old', 31), coreRequest('new', 31));
      let plan = step(scheduler);
      while (scheduler.stats().numPreemptions === 0) plan = step(scheduler);
      expect(shapes(plan)).toEqual([{ firstSlot: 0, numRows: 1, tokensPerRow: 1, sampled: [1] }]);
      expect(scheduler.stats().numWaitingRequests).toBe(1);
    });

    describe('while a step of the newest request is in flight', () => {
      function preemptInFlight() {
        const requests = [coreRequest('old', 31), coreRequest('new', 31)];
        const scheduler = schedulerWith({ numLanes: 2, numBlocks: 4, enablePrefixCaching: false }, ...requests);
        scheduler.update(answer(requirePlan(scheduler, 0)));
        scheduler.update(answer(requirePlan(scheduler, 1)));
        scheduler.update(answer(requirePlan(scheduler, 0)));
        const inFlight = requirePlan(scheduler, 1);
        scheduler.update(answer(requirePlan(scheduler, 0)));
        expect(scheduler.stats().numPreemptions).toBe(1);
        return { scheduler, inFlight };
      }

      it('drops the answer', () => {
        const { scheduler, inFlight } = preemptInFlight();
        expect(scheduler.update(answer(inFlight))).toEqual([]);
        expect(schedulerFaults(scheduler)).toEqual([]);
      });

      it('drops the answer even when the request runs again', () => {
        const { scheduler, inFlight } = preemptInFlight();
        scheduler.abortRequest('old');
        expect(requirePlan(scheduler, 0).passes[0]!.tokensPerRow).toBe(32);
        expect(scheduler.update(answer(inFlight))).toEqual([]);
      });
    });

    it('lets a prompt wait that has no room', () => {
      const scheduler = schedulerWith({ numBlocks: 4 }, coreRequest('a', 40), coreRequest('b', 40));
      step(scheduler);
      expect(scheduler.stats()).toMatchObject({ numRunningRequests: 1, numWaitingRequests: 1, numPreemptions: 0 });
    });
  });

  describe('with several lanes', () => {
    it('shares the requests out between the lanes', () => {
      const requests = ['a', 'b', 'c', 'd', 'e'].map((requestId) => coreRequest(requestId, 2));
      const scheduler = schedulerWith({ numLanes: 2, maxNumSeqs: 8 }, ...requests);
      expect(requirePlan(scheduler, 0).passes.map(({ firstSlot }) => firstSlot)).toEqual([0, 1, 2]);
      expect(requirePlan(scheduler, 1).passes.map(({ firstSlot }) => firstSlot)).toEqual([8, 9]);
    });

    it('admits a new request to the lane with the fewest sequences', () => {
      const scheduler = schedulerWith({ numLanes: 2 }, coreRequest('a', 2));
      scheduler.update(answer(requirePlan(scheduler, 0)));
      scheduler.addRequest(coreRequest('b', 2));
      expect(shapes(requirePlan(scheduler, 0))).toHaveLength(1);
      expect(shapes(requirePlan(scheduler, 1))).toEqual([{ firstSlot: 8, numRows: 1, tokensPerRow: 2, sampled: [1] }]);
    });

    it('never runs more sequences than maxNumSeqs', () => {
      const requests = ['a', 'b', 'c'].map((requestId) => coreRequest(requestId, 2));
      const scheduler = schedulerWith({ numLanes: 2, maxNumSeqs: 1, sequencesPerLane: 1 }, ...requests);
      requirePlan(scheduler, 0);
      expect(scheduler.schedule(1)).toBeUndefined();
    });
  });
});
