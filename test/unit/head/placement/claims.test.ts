import { type Claimant, claimsBefore, planClaims, withoutClaims } from '../../../../head/placement/claims.js';
import { fromFixedPoint, type NodeId, type Resources, toFixedPoint } from '../../../../src/core/index.js';
import { gpuShares, node } from '../../../support/node-snapshots.js';

const n1 = 'n1' as NodeId;

/** Wants so much of n1. */
const claimant = (id: string, sinceMs: number, quantities: Resources): Claimant => {
  const resources = toFixedPoint(quantities);
  return {
    id,
    name: id,
    sinceMs,
    plan: ([first]) =>
      first && Object.entries(resources).every(([name, units]) => (first.available[name] ?? 0) >= units)
        ? new Map([[n1, resources]])
        : undefined,
  };
};
const leased = (quantities: Resources) => () => [{ amounts: toFixedPoint(quantities), gpus: [] }];
const nothingLeased = () => [];

describe('claims', () => {
  it('are made on room that leases hold now', () => {
    const nodes = [node('n1', { CPU: 4 }, { CPU: 1 })];
    const wants = claimant('g1', 0, { CPU: 4 });
    expect(planClaims([wants], nodes, leased({ CPU: 3 })).map(({ id }) => id)).toEqual(['g1']);
    expect(planClaims([wants], nodes, nothingLeased)).toEqual([]);
  });

  it('are made in the order of waiting, each beside those before it', () => {
    const nodes = [node('n1', { CPU: 4 })];
    const wants = [claimant('young', 2, { CPU: 2 }), claimant('old', 1, { CPU: 3 }), claimant('last', 3, { CPU: 1 })];
    expect(planClaims(wants, nodes, nothingLeased).map(({ id }) => id)).toEqual(['old', 'last']);
  });

  it('bind those who asked later, and not the one who makes them', () => {
    const claims = planClaims([claimant('g1', 5, { CPU: 1 })], [node('n1', { CPU: 4 })], nothingLeased);
    expect(claimsBefore(claims, 'other', 6)).toHaveLength(1);
    expect(claimsBefore(claims, 'other', 4)).toHaveLength(0);
    expect(claimsBefore(claims, 'g1', 6)).toHaveLength(0);
  });

  it('leave the rest to the others, on whole GPUs as far as may be', () => {
    const nodes = [node('n1', { CPU: 4, GPU: 2 }, { CPU: 1, GPU: 1 }, { gpus: gpuShares(0.5, 1) }), node('n2', {})];
    const [claim] = planClaims([claimant('g1', 0, { CPU: 1, GPU: 1 })], nodes, nothingLeased);
    const [left, other] = withoutClaims(nodes, [
      { ...claim!, byNode: new Map([[n1, toFixedPoint({ CPU: 4, GPU: 1 })]]) },
    ]);
    expect(fromFixedPoint(left!.available)).toEqual({ CPU: 0, GPU: 0.5 });
    expect(other).toBe(nodes[1]);
  });
});
