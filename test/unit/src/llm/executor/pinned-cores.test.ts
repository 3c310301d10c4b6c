import { choosePinnedCores } from '../../../../../src/llm/executor/pinned-cores.js';

describe('choosePinnedCores', () => {
  it('gives each rank cores of its own where the ranks take all of them', () => {
    const host = { numRanks: 2, numThreads: 4, numCores: 8 };
    expect(choosePinnedCores({ ...host, index: 0 })).toEqual({ first: 0, count: 4 });
    expect(choosePinnedCores({ ...host, index: 1 })).toEqual({ first: 4, count: 4 });
  });

  it('pins no rank where cores are left for another engine', () => {
    expect(choosePinnedCores({ index: 0, numRanks: 2, numThreads: 1, numCores: 4 })).toBeUndefined();
  });

  it('pins no rank where the ranks outnumber the cores', () => {
    expect(choosePinnedCores({ index: 0, numRanks: 4, numThreads: 1, numCores: 2 })).toBeUndefined();
  });
});
