import { expertsPerRank, placeExperts } from '../../../../../src/llm/eplb/expert-placement.js';

describe('placeExperts', () => {
  const sizes = { numExperts: 6, numRedundantExperts: 0, numRanks: 2 };

  it('gives ranks blocks of consecutive experts', () => {
    expect(placeExperts({ ...sizes, strategy: 'linear' })).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it('gives the first ranks one more where the ranks do not divide the experts', () => {
    expect(placeExperts({ ...sizes, numRanks: 4, strategy: 'linear' })).toEqual([[0, 1], [2, 3], [4], [5]]);
    expect(expertsPerRank(11, 4)).toEqual([3, 3, 3, 2]);
  });

  it('deals experts out in turn', () => {
    expect(placeExperts({ ...sizes, numRanks: 4, strategy: 'round_robin' })).toEqual([[0, 4], [1, 5], [2], [3]]);
  });

  it('appends redundant experts as copies of the first ones', () => {
    expect(placeExperts({ ...sizes, numRedundantExperts: 2, strategy: 'linear' })).toEqual([
      [0, 1, 2, 3],
      [4, 5, 0, 1],
    ]);
    expect(placeExperts({ ...sizes, numExperts: 2, numRedundantExperts: 3, strategy: 'round_robin' })).toEqual([
      [0, 0, 0],
      [1, 1],
    ]);
  });
});
