import fc from 'fast-check';
import { assignRanks, type PlacedBundle } from '../../../../../src/llm/executor/assign-ranks.js';

const on = (bundleIndex: number, nodeId: string, hostId = nodeId): PlacedBundle => ({ bundleIndex, nodeId, hostId });
const order = (bundles: readonly PlacedBundle[], driver: string): number[] =>
  assignRanks(bundles, driver).map(({ bundleIndex }) => bundleIndex);

describe('assignRanks', () => {
  it('keeps the order of bundles on one node', () => {
    expect(order([on(0, 'a'), on(1, 'a'), on(2, 'a')], 'a')).toEqual([0, 1, 2]);
  });

  it("puts the ranks of the driver's host first", () => {
    expect(order([on(0, 'a'), on(1, 'b'), on(2, 'a'), on(3, 'b')], 'b')).toEqual([1, 3, 0, 2]);
  });

  it('puts nodes with fewer bundles before those with more, then goes by node id', () => {
    expect(order([on(0, 'a'), on(1, 'a'), on(2, 'c'), on(3, 'b')], 'x')).toEqual([3, 2, 0, 1]);
  });

  it('has every bundle once and the bundles of a node side by side, wherever they are', () => {
    const nodes = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(nodes, fc.constantFrom('a', 'b', 'x'), (nodeIds, driver) => {
        const ranks = assignRanks(
          nodeIds.map((nodeId, index) => on(index, nodeId)),
          driver,
        );
        expect(ranks.map(({ bundleIndex }) => bundleIndex).sort((a, b) => a - b)).toEqual([...nodeIds.keys()]);
        const runs = ranks.filter(({ nodeId }, rank) => nodeId !== ranks[rank - 1]?.nodeId);
        expect(runs.length).toBe(new Set(nodeIds).size);
      }),
    );
  });
});
