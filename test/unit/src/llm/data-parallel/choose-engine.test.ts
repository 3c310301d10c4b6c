import { chooseEngine, type EngineLoad } from '../../../../../src/llm/data-parallel/choose-engine.js';
import { EngineLoads } from '../../../../../src/llm/data-parallel/engine-loads.js';
import type { SchedulerStats } from '../../../../../src/llm/scheduler/scheduler-stats.js';

const load = (numWaiting: number, numRunning: number): EngineLoad => ({ numWaiting, numRunning });

const stats = (numWaitingRequests: number, numRunningRequests: number): SchedulerStats => ({
  numWaitingRequests,
  numRunningRequests,
  numPreemptions: 0,
  kvCacheUsage: 0,
  prefixCacheQueries: 0,
  prefixCacheHits: 0,
});

const only = { clientIndex: 0, clientCount: 1 };
const always = (): boolean => true;

describe('chooseEngine', () => {
  it('weighs a waiting request as four running ones', () => {
    expect(chooseEngine([load(1, 0), load(0, 3)], only)).toBe(1);
    expect(chooseEngine([load(1, 0), load(0, 5)], only)).toBe(0);
  });

  it('starts at another of equals for every front end', () => {
    const equals = [load(0, 0), load(0, 0), load(0, 0), load(0, 0)];
    const chosen = [0, 1, 2].map((clientIndex) => chooseEngine(equals, { clientIndex, clientCount: 3 }));
    expect(chosen).toEqual([0, 1, 2]);
  });

  it('passes over those that take no requests', () => {
    expect(chooseEngine([undefined, load(2, 2), undefined], only)).toBe(1);
    expect(chooseEngine([undefined, undefined], only)).toBeUndefined();
  });
});

describe('EngineLoads', () => {
  it("chooses as vLLM's example: counts [[0,0],[1,0],[0,3]]", () => {
    const loads = new EngineLoads(3);
    loads.stepEnded(1, stats(1, 0));
    loads.stepEnded(2, stats(0, 3));
    expect(loads.choose(always)).toBe(0);
    loads.requestAdded(0);
    expect(loads.choose(always)).toBe(2);
  });

  it('counts a request for every front end until the next step tells', () => {
    const loads = new EngineLoads(2, { clientIndex: 0, clientCount: 2 });
    loads.stepEnded(1, stats(1, 2));
    loads.requestAdded(0);
    expect(loads.choose(always)).toBe(1);
    loads.stepEnded(0, stats(0, 1));
    expect(loads.choose(always)).toBe(0);
  });

  it('knows an engine core without requests as idle', () => {
    const loads = new EngineLoads(2);
    loads.stepEnded(0, stats(0, 1));
    loads.becameIdle(0);
    expect(loads.choose(always)).toBe(0);
  });
});
