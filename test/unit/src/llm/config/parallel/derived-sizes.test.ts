import {
  localWorldSize,
  nnodesWithinDp,
  nodeRankWithinDp,
  worldSizeAcrossDp,
} from '../../../../../../src/llm/config/parallel/derived-sizes.js';

describe('sizes derived from the parallel configuration', () => {
  it('has the ranks of all copies', () => {
    expect(worldSizeAcrossDp({ worldSize: 4, dataParallelSize: 3 })).toBe(12);
  });

  it('has copies that span nodes', () => {
    const parallel = { nnodes: 4, nodeRank: 3, dataParallelSize: 2, worldSize: 8 };
    expect([nnodesWithinDp(parallel), nodeRankWithinDp(parallel), localWorldSize(parallel)]).toEqual([2, 1, 4]);
  });

  it('has nodes with several copies', () => {
    const parallel = { nnodes: 2, nodeRank: 1, dataParallelSize: 4, worldSize: 2 };
    expect([nnodesWithinDp(parallel), nodeRankWithinDp(parallel), localWorldSize(parallel)]).toEqual([1, 0, 2]);
  });
});
