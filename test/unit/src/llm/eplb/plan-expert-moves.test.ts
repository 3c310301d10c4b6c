import { planExpertMoves } from '../../../../../src/llm/eplb/plan-expert-moves.js';

describe('planExpertMoves', () => {
  const placement = [
    [0, 1],
    [2, 3],
  ];

  it('places a layer anew whose ranks have unequal load', () => {
    expect(planExpertMoves([{ layer: 5, placement, load: [8, 8, 1, 1] }])).toEqual([
      {
        layer: 5,
        placement: [
          [0, 2],
          [1, 3],
        ],
      },
    ]);
  });

  it('leaves alone what would gain little, or nothing', () => {
    expect(planExpertMoves([{ layer: 0, placement, load: [100, 101, 103, 100] }])).toEqual([]);
    expect(planExpertMoves([{ layer: 0, placement, load: [0, 0, 0, 0] }])).toEqual([]);
  });

  it('keeps the number of physical experts', () => {
    const redundant = [
      [0, 1, 2],
      [3, 0, 1],
    ];
    const [move] = planExpertMoves([{ layer: 0, placement: redundant, load: [1, 1, 50, 1] }]);
    expect(move!.placement.map(({ length }) => length)).toEqual([3, 3]);
    expect(move!.placement.every((held) => held.includes(2))).toBe(true);
  });
});
