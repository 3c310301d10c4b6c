import { allExperts, findLocalExperts } from '../../../../../../worker/model/graphs/moe/local-experts.js';

describe('findLocalExperts', () => {
  it('numbers the experts of a rank and gives those of others the number after them', () => {
    expect(
      findLocalExperts(
        [
          [0, 2],
          [3, 1],
        ],
        1,
        4,
      ),
    ).toEqual({
      experts: [3, 1],
      numReplicas: [1, 1, 1, 1],
      maxReplicas: 1,
      numbers: [2, 1, 2, 0],
    });
  });

  it('finds for every replica of an expert exactly one rank that computes it', () => {
    const placement = [
      [0, 1, 2],
      [1, 0, 3],
      [1, 4, 4],
    ];
    const ranks = placement.map((_, rank) => findLocalExperts(placement, rank, 5));
    const { numReplicas, maxReplicas } = ranks[0]!;
    expect(numReplicas).toEqual([2, 3, 1, 1, 2]);
    for (const [expert, count] of numReplicas.entries()) {
      for (let replica = 0; replica < count; replica++) {
        const computed = ranks.filter(({ experts, numbers }) => {
          const number = numbers[expert * maxReplicas + replica]!;
          return number < experts.length && experts[number] === expert;
        });
        expect([expert, replica, computed.length]).toEqual([expert, replica, 1]);
      }
    }
  });

  it('holds an expert once where two of its replicas are on the rank', () => {
    expect(findLocalExperts([[0, 1, 1]], 0, 2)).toMatchObject({ experts: [0, 1], numbers: [0, 2, 1, 1] });
  });

  it('refuses a placement that leaves an expert out', () => {
    expect(() => findLocalExperts([[0], [2]], 0, 3)).toThrow('some rank holds each of the experts');
  });
});

describe('allExperts', () => {
  it('numbers experts as the router does', () => {
    expect(allExperts(3)).toEqual({ experts: [0, 1, 2], numReplicas: [1, 1, 1], maxReplicas: 1, numbers: [0, 1, 2] });
  });
});
