import { balancedness } from '../../../../../src/llm/eplb/balancedness.js';
import { packBalanced } from '../../../../../src/llm/eplb/pack-balanced.js';
import { rebalanceExperts } from '../../../../../src/llm/eplb/rebalance-experts.js';

const countOf = (placement: readonly (readonly number[])[], expert: number): number =>
  placement.flat().filter((held) => held === expert).length;

describe('packBalanced', () => {
  it('puts the heaviest that is left into the lightest pack with room', () => {
    const items = [3, 9, 5, 4].map((weight, label) => ({ label, weight }));
    const labels = packBalanced(items, [2, 2]).map((pack) => pack.map(({ label }) => label));
    expect(labels).toEqual([
      [1, 0],
      [2, 3],
    ]);
  });

  it('keeps things with one label apart where it can', () => {
    const items = [8, 8, 1, 1].map((weight, index) => ({ label: index < 2 ? 7 : index, weight }));
    for (const pack of packBalanced(items, [3, 1])) {
      expect(pack.filter(({ label }) => label === 7)).toHaveLength(1);
    }
  });
});

describe('rebalanceExperts', () => {
  it('gives the replicas to the experts with the most load', () => {
    const load = [[90, 10, 40, 10]];
    const [placement] = rebalanceExperts({ load, numPhysical: 6, numRanks: 2 });
    expect([0, 1, 2, 3].map((expert) => countOf(placement!, expert))).toEqual([3, 1, 1, 1]);
    expect(placement!.map(({ length }) => length)).toEqual([3, 3]);
  });

  it('evens out the load of ranks', () => {
    const load = [100, 90, 80, 1, 1, 1, 1, 1, 1];
    const before = [
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ];
    const [after] = rebalanceExperts({ load: [load], numPhysical: 9, numRanks: 3 });
    expect(balancedness(load, before)).toBeCloseTo(276 / 3 / 270);
    expect(balancedness(load, after!)).toBeGreaterThan(0.9);
    expect(after!.flat().toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('gives the first ranks one more where the ranks do not divide the experts', () => {
    const [placement] = rebalanceExperts({ load: [[1, 2, 3, 4, 5]], numPhysical: 5, numRanks: 2 });
    expect(placement!.map(({ length }) => length)).toEqual([3, 2]);
  });

  it('keeps the experts of a group on one node where nodes divide the groups', () => {
    const load = [[10, 1, 1, 1, 10, 1, 1, 1]];
    const [placement] = rebalanceExperts({ load, numPhysical: 12, numRanks: 4, numNodes: 2, numGroups: 4 });
    expect(placement!.map(({ length }) => length)).toEqual([3, 3, 3, 3]);
    const nodeOf = (expert: number): number[] => [
      ...new Set(placement!.flatMap((held, rank) => (held.includes(expert) ? [Math.floor(rank / 2)] : []))),
    ];
    for (const group of [0, 1, 2, 3]) expect(nodeOf(2 * group)).toEqual(nodeOf(2 * group + 1));
    expect(nodeOf(0)).not.toEqual(nodeOf(4));
  });

  it('places over all ranks where nodes do not divide the groups', () => {
    const options = { load: [[5, 4, 3, 2, 1, 1]], numPhysical: 6, numRanks: 2 };
    expect(rebalanceExperts({ ...options, numNodes: 2, numGroups: 3 })).toEqual(rebalanceExperts(options));
  });

  it('places each layer by its own load', () => {
    const placements = rebalanceExperts({
      load: [
        [9, 1, 1],
        [1, 1, 9],
      ],
      numPhysical: 4,
      numRanks: 2,
    });
    expect(placements.map((placement) => [countOf(placement, 0), countOf(placement, 2)])).toEqual([
      [2, 1],
      [1, 2],
    ]);
  });
});

describe('balancedness', () => {
  it('is 1 when ranks have the same load, and without load', () => {
    expect(balancedness([4, 2, 2], [[0], [1, 2]])).toBe(1);
    expect(balancedness([0, 0], [[0], [1]])).toBe(1);
  });

  it('shares an expert equally among its replicas', () => {
    expect(balancedness([6, 3], [[0], [0, 1]])).toBe(4.5 / 6);
  });
});
