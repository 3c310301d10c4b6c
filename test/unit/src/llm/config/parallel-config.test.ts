import { outputRank, placeOfRank, rankOfPlace } from '../../../../../src/llm/config/parallel-config.js';

describe('rank layout', () => {
  it('puts the tensor ranks of a stage next to each other', () => {
    const places = [0, 1, 2, 3].map((rank) => placeOfRank(rank, 2));
    expect(places).toEqual([
      { stage: 0, tensorRank: 0 },
      { stage: 0, tensorRank: 1 },
      { stage: 1, tensorRank: 0 },
      { stage: 1, tensorRank: 1 },
    ]);
    expect(places.map((place) => rankOfPlace(place, 2))).toEqual([0, 1, 2, 3]);
  });

  it('answers from the first tensor rank of the last stage', () => {
    expect(outputRank({ worldSize: 8, tensorParallelSize: 2 })).toBe(6);
  });
});
