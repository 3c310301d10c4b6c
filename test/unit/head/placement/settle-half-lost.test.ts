import { type HalfLostGroup, settleHalfLost } from '../../../../head/placement/settle-half-lost.js';
import type { NodeId, PlacementGroupId } from '../../../../src/core/index.js';
import { bundleSet, node } from '../../../support/node-snapshots.js';

const GPU = { GPU: 10_000 };
const full = (...ids: string[]) => ids.map((id) => node(id, { GPU: 1 }, {}, { gpus: [{ gpuId: '0', units: 0 }] }));

/** A group that has a whole node each on `has`, and lacks a bundle for which it can't use these. */
const half = (id: string, has: readonly string[], numUsers = 0, numMissing = 1): HalfLostGroup => ({
  placementGroupId: id as PlacementGroupId,
  createdAtMs: Number(id.slice(1)),
  missing: bundleSet('STRICT_SPREAD', Array(numMissing).fill(GPU), { excludedNodeIds: has as NodeId[] }),
  left: has.map((nodeId) => ({
    nodeId: nodeId as NodeId,
    resources: { amounts: {}, gpus: [{ gpuId: '0', units: 10_000 }] },
  })),
  numUsers,
});

const settle = (groups: readonly HalfLostGroup[], ...nodes: string[]) => settleHalfLost(groups, full(...nodes));

describe('settleHalfLost', () => {
  it('has the younger of two give up, whatever their order', () => {
    const expected = { winnerId: 'g1', loserIds: ['g2'] };
    expect(settle([half('g1', ['a']), half('g2', ['b'])], 'a', 'b')).toEqual(expected);
    expect(settle([half('g2', ['b']), half('g1', ['a'])], 'a', 'b')).toEqual(expected);
  });

  it('ends as few actors as it can, if need be those of the older one', () => {
    expect(settle([half('g1', ['a'], 1), half('g2', ['b'], 2)], 'a', 'b')).toEqual({
      winnerId: 'g2',
      loserIds: ['g1'],
    });
  });

  it('has no more groups give up than one needs', () => {
    const groups = [half('g1', ['a']), half('g2', ['b']), half('g3', ['c'])];
    expect(settle(groups, 'a', 'b', 'c')).toEqual({ winnerId: 'g1', loserIds: ['g3'] });
    const needy = [half('g1', ['a'], 5, 2), half('g2', ['b'], 5, 3), half('g3', ['c'], 5, 3)];
    expect(settle(needy, 'a', 'b', 'c')).toEqual({ winnerId: 'g1', loserIds: ['g3', 'g2'] });
  });

  it('has nobody give up when no group becomes whole by it', () => {
    expect(settle([half('g1', ['a'], 0, 2), half('g2', ['b'], 0, 2)], 'a', 'b')).toBeUndefined();
    expect(settle([half('g1', ['a'])], 'a')).toBeUndefined();
    expect(settle([], 'a')).toBeUndefined();
  });

  it('has nobody give up for a group that has room without it', () => {
    const nodes = [...full('a', 'b'), node('c', { GPU: 1 })];
    expect(settleHalfLost([half('g1', ['a']), half('g2', ['b'])], nodes)).toBeUndefined();
  });

  it('comes to an end: every exchange leaves fewer groups that hold something and wait', () => {
    let groups = ['a', 'b', 'c', 'd', 'e'].map((id, index) => half(`g${index + 1}`, [id], index % 2));
    for (let numExchanges = 0; ; numExchanges++) {
      const exchange = settle(groups, 'a', 'b', 'c', 'd', 'e');
      if (exchange === undefined) break;
      const involved = [exchange.winnerId, ...exchange.loserIds];
      groups = groups.filter(({ placementGroupId }) => !involved.includes(placementGroupId));
      expect(numExchanges).toBeLessThan(2);
    }
    expect(groups).toHaveLength(1);
  });
});
