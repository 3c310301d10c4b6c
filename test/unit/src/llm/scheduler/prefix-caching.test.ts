import type { EngineCoreOutput, EngineCoreRequest } from '../../../../../src/llm/engine/engine-core-request.js';
import { Scheduler } from '../../../../../src/llm/scheduler/scheduler.js';
import type { SchedulerConfig } from '../../../../../src/llm/scheduler/scheduler-config.js';
import { schedulerFaults } from '../../../../../src/llm/scheduler/scheduler-invariants.js';
import type { StepPlan } from '../../../../../src/llm/step-plan.js';
import { answer, coreRequest, EOS, schedulerConfig } from './scheduler-fixture.js';

const schedulerWith = (changes: Partial<SchedulerConfig> = {}) => new Scheduler(schedulerConfig(changes));

function plan(scheduler: Scheduler, lane = 0): StepPlan {
  const planned = scheduler.schedule(lane);
  expect(schedulerFaults(scheduler)).toEqual([]);
  if (planned === undefined) throw new Error('There is nothing to plan.');
  return planned;
}

/** Runs a request alone, to its end after one token; returns the plan and the output. */
function serve(scheduler: Scheduler, request: EngineCoreRequest): { step: StepPlan; output: EngineCoreOutput } {
  scheduler.addRequest(request);
  const step = plan(scheduler);
  const [output] = scheduler.update(answer(step, () => EOS));
  return { step, output: output! };
}

const computed = ({ passes }: StepPlan) =>
  passes.map(({ firstSlot, numComputedTokens }) => [firstSlot, ...numComputedTokens]);

describe('prefix caching', () => {
  it('computes what follows the whole blocks that an ended request left, in its slot', () => {
    const scheduler = schedulerWith();
    expect(serve(scheduler, coreRequest('a', 40)).output.numCachedTokens).toBe(0);
    const { step, output } = serve(scheduler, coreRequest('b', 50));
    expect(computed(step)).toEqual([[0, 32]]);
    expect(step.slotMoves).toEqual([]);
    expect(output.numCachedTokens).toBe(32);
    expect(scheduler.stats()).toMatchObject({ prefixCacheQueries: 90, prefixCacheHits: 32, kvCacheUsage: 0 });
  });

  it('always computes the last token, for its logits', () => {
    const scheduler = schedulerWith();
    serve(scheduler, coreRequest('a', 32));
    expect(computed(serve(scheduler, coreRequest('b', 32)).step)).toEqual([[0, 16]]);
  });

  it('copies the prefix of a sequence that runs', () => {
    const scheduler = schedulerWith();
    scheduler.addRequest(coreRequest('a', 40));
    scheduler.update(answer(plan(scheduler)));
    scheduler.addRequest(coreRequest('b', 40));
    const step = plan(scheduler);
    expect(step.slotMoves).toEqual([{ from: 0, to: 1, numTokens: 32 }]);
    expect(computed(step)).toEqual([
      [0, 40],
      [1, 32],
    ]);
  });

  it('finds nothing that only the same step computes', () => {
    const scheduler = schedulerWith({ maxNumBatchedTokens: 128 });
    scheduler.addRequest(coreRequest('a', 40));
    scheduler.addRequest(coreRequest('b', 40));
    const step = plan(scheduler);
    expect(step.slotMoves).toEqual([]);
    expect(computed(step)).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  it('copies between the slots of lanes', () => {
    const scheduler = schedulerWith({ numLanes: 2 });
    scheduler.addRequest(coreRequest('a', 40));
    scheduler.update(answer(plan(scheduler, 0)));
    scheduler.addRequest(coreRequest('b', 40));
    expect(plan(scheduler, 0).passes).toHaveLength(1);
    expect(plan(scheduler, 1).slotMoves).toEqual([{ from: 0, to: 8, numTokens: 32 }]);
  });

  it('shares nothing between salts', () => {
    const scheduler = schedulerWith();
    serve(scheduler, coreRequest('a', 40));
    expect(serve(scheduler, { ...coreRequest('b', 40), cacheSalt: 'x' }).output.numCachedTokens).toBe(0);
    expect(serve(scheduler, { ...coreRequest('c', 40), cacheSalt: 'y' }).output.numCachedTokens).toBe(0);
    expect(serve(scheduler, { ...coreRequest('d', 40), cacheSalt: 'x' }).output.numCachedTokens).toBe(32);
    expect(serve(scheduler, coreRequest('e', 40)).output.numCachedTokens).toBe(32);
  });

  it('keeps nothing when it is off', () => {
    const scheduler = schedulerWith({ enablePrefixCaching: false });
    serve(scheduler, coreRequest('a', 40));
    expect(serve(scheduler, coreRequest('b', 40)).output.numCachedTokens).toBe(0);
    expect(scheduler.stats()).toMatchObject({ prefixCacheQueries: 0, prefixCacheHits: 0 });
  });

  it('moves another prefix out of the way of a request that does not share it', () => {
    const scheduler = schedulerWith();
    serve(scheduler, coreRequest('a', 40));
    const { step } = serve(scheduler, coreRequest('b', 40, {}, 500));
    expect(step.slotMoves).toEqual([{ from: 0, to: 7, numTokens: 32 }]);
    expect(serve(scheduler, coreRequest('c', 40)).output.numCachedTokens).toBe(32);
    expect(serve(scheduler, coreRequest('d', 40, {}, 500)).output.numCachedTokens).toBe(32);
  });

  it('gives up the prefix that was used least recently when slots run out', () => {
    const scheduler = schedulerWith({ slotsPerLane: 3, maxNumSeqs: 1, sequencesPerLane: 1 });
    for (const [index, firstToken] of [100, 300, 500, 700].entries()) {
      serve(scheduler, coreRequest(`${index}`, 40, {}, firstToken));
    }
    expect(scheduler.kv.prefixes.idle).toHaveLength(3);
    expect(serve(scheduler, coreRequest('again', 40, {}, 300)).output.numCachedTokens).toBe(32);
    expect(serve(scheduler, coreRequest('gone', 40, {}, 100)).output.numCachedTokens).toBe(0);
  });

  it('gives up the last blocks of what was used least recently when blocks run out, and their memory', () => {
    const scheduler = schedulerWith({ numBlocks: 5, maxModelLen: 80 });
    serve(scheduler, coreRequest('a', 50));
    const { step } = serve(scheduler, coreRequest('b', 47, {}, 500));
    expect(step.slotMoves).toEqual([{ from: 0, to: 7, numTokens: 48 }]);
    expect(step.slotTrims).toEqual([
      { slot: 0, numTokens: 48 },
      { slot: 7, numTokens: 32 },
    ]);
    expect(serve(scheduler, coreRequest('c', 50)).output.numCachedTokens).toBe(32);
  });

  it('lets a preempted request go on behind its own blocks', () => {
    const scheduler = schedulerWith({ numBlocks: 5 });
    scheduler.addRequest(coreRequest('old', 31, {}, 500));
    scheduler.addRequest(coreRequest('new', 31));
    while (scheduler.stats().numPreemptions === 0) scheduler.update(answer(plan(scheduler)));
    scheduler.abortRequest('old');
    const resumed = plan(scheduler);
    expect(resumed.passes[0]!.numComputedTokens[0]).toBeGreaterThanOrEqual(16);
    expect(scheduler.stats().prefixCacheQueries).toBe(62);
  });

  describe('resetPrefixCache', () => {
    it('forgets every prefix', () => {
      const scheduler = schedulerWith();
      serve(scheduler, coreRequest('a', 40));
      expect(scheduler.resetPrefixCache()).toBe(true);
      expect(serve(scheduler, coreRequest('b', 40)).output.numCachedTokens).toBe(0);
    });

    it('does nothing while a request runs', () => {
      const scheduler = schedulerWith();
      serve(scheduler, coreRequest('a', 40));
      scheduler.addRequest(coreRequest('b', 40, {}, 500));
      scheduler.update(answer(plan(scheduler)));
      expect(scheduler.resetPrefixCache()).toBe(false);
      scheduler.abortRequest('b');
      expect(serve(scheduler, coreRequest('c', 40)).output.numCachedTokens).toBe(32);
    });
  });
});
