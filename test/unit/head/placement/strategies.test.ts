import type { NodeSnapshot } from '../../../../head/placement/node-snapshot.js';
import { PlacementStrategy, planBundles } from '../../../../head/placement/plan-bundles.js';
import type { NodeId, Resources } from '../../../../src/core/index.js';
import { bundleSet, bundlesOf, gpuShares, node } from '../../../support/node-snapshots.js';

function place(strategy: PlacementStrategy, bundles: readonly Resources[], nodes: readonly NodeSnapshot[]): string {
  const plan = planBundles(bundleSet(strategy, bundles), nodes);
  return plan.kind === 'placed' ? plan.nodeIds.join(' ') : plan.kind;
}

describe('PACK', () => {
  it('splits bundles as Ray does when no node holds them all', () => {
    const bundles = bundlesOf({ CPU: 1, GPU: 1 }, { CPU: 1, GPU: 1 }, { CPU: 1, GPU: 1 });
    const nodes = [node('a', { CPU: 4, GPU: 2 }), node('b', { CPU: 2, GPU: 4 })];
    expect(place('PACK', bundles, nodes)).toBe('a a b');
  });

  it('starts on the emptiest node and fills it', () => {
    const nodes = [node('a', { CPU: 4 }), node('b', { CPU: 8 })];
    expect(place('PACK', bundlesOf({ CPU: 2 }, { CPU: 2 }, { CPU: 2 }), nodes)).toBe('b b b');
  });

  it('places the bundle with most GPUs first', () => {
    const nodes = [node('a', { CPU: 9, GPU: 1 }), node('b', { CPU: 9, GPU: 2 })];
    expect(place('PACK', bundlesOf({ CPU: 9 }, { CPU: 1, GPU: 2 }), nodes)).toBe('a b');
  });

  it('settles ties by node id, whatever the order of the nodes', () => {
    const nodes = [node('b', { CPU: 2 }), node('a', { CPU: 2 })];
    expect(place('PACK', bundlesOf({ CPU: 1 }), nodes)).toBe('a');
  });

  it('finds a packing that the greedy pass misses', () => {
    const nodes = [node('a', { CPU: 4 }), node('b', { CPU: 3 })];
    expect(place('PACK', bundlesOf({ CPU: 2 }, { CPU: 3 }, { CPU: 2 }), nodes)).toBe('a b a');
  });
});

describe('SPREAD', () => {
  it('uses every node before one twice', () => {
    const nodes = [node('a', { CPU: 8 }), node('b', { CPU: 2 }), node('c', { CPU: 4 })];
    expect(place('SPREAD', bundlesOf({ CPU: 1 }, { CPU: 1 }, { CPU: 1 }, { CPU: 1 }), nodes)).toBe('a c b a');
  });

  it('doubles up where the unused nodes are too small', () => {
    const nodes = [node('a', { GPU: 2 }), node('b', { CPU: 2 })];
    expect(place('SPREAD', bundlesOf({ GPU: 1 }, { GPU: 1 }), nodes)).toBe('a a');
  });
});

describe('STRICT_PACK', () => {
  it('takes one node for the sum of the bundles', () => {
    const nodes = [node('a', { CPU: 4, GPU: 1 }), node('b', { CPU: 4, GPU: 2 })];
    expect(place('STRICT_PACK', bundlesOf({ GPU: 1 }, { GPU: 1 }), nodes)).toBe('b b');
  });

  it('takes its soft target if that has room, however full it is', () => {
    const nodes = [node('a', { CPU: 8 }), node('b', { CPU: 8 }, { CPU: 1 })];
    const placeAt = (target: string, ...bundles: Resources[]) =>
      planBundles(bundleSet('STRICT_PACK', bundlesOf(...bundles), { softTargetNodeId: target as NodeId }), nodes);
    expect(placeAt('b', { CPU: 1 })).toEqual({ kind: 'placed', nodeIds: ['b'] });
    expect(placeAt('b', { CPU: 1 }, { CPU: 1 })).toEqual({ kind: 'placed', nodeIds: ['a', 'a'] });
    expect(placeAt('gone', { CPU: 1 })).toEqual({ kind: 'placed', nodeIds: ['a'] });
  });

  it('is infeasible when only several nodes together would do', () => {
    const nodes = [node('a', { GPU: 1 }), node('b', { GPU: 1 })];
    expect(place('STRICT_PACK', bundlesOf({ GPU: 1 }, { GPU: 1 }), nodes)).toBe('infeasible');
  });
});

describe('STRICT_SPREAD', () => {
  it('takes a node for each bundle', () => {
    const nodes = [node('a', { CPU: 8 }), node('b', { CPU: 2 })];
    expect(place('STRICT_SPREAD', bundlesOf({ CPU: 1 }, { CPU: 1 }), nodes)).toBe('a b');
  });

  it('is infeasible with more bundles than nodes', () => {
    const nodes = [node('a', { CPU: 8 }), node('b', { CPU: 8 })];
    expect(place('STRICT_SPREAD', bundlesOf({ CPU: 1 }, { CPU: 1 }, { CPU: 1 }), nodes)).toBe('infeasible');
  });

  it('moves a bundle aside when another one has no other node', () => {
    const nodes = [node('a', { x: 9, y: 9 }), node('b', { x: 1 })];
    expect(place('STRICT_SPREAD', bundlesOf({ x: 1 }, { y: 1 }), nodes)).toBe('b a');
  });

  it('leaves excluded nodes out', () => {
    const nodes = [node('a', { CPU: 8 }), node('b', { CPU: 2 })];
    const excludedNodeIds = nodes.filter(({ nodeId }) => nodeId === 'a').map(({ nodeId }) => nodeId);
    const set = bundleSet('STRICT_SPREAD', bundlesOf({ CPU: 1 }), { excludedNodeIds });
    expect(planBundles(set, nodes)).toEqual({
      kind: 'placed',
      nodeIds: ['b'],
    });
  });
});

describe('bundles with conditions on labels', () => {
  const nodes = [node('a', { CPU: 8 }, { CPU: 8 }, { labels: { zone: 'x' } }), node('b', { CPU: 4 })];
  const placeWith = (strategy: PlacementStrategy, ...selectors: Record<string, string>[]): unknown => {
    const bundles = selectors.map((labelSelector) => ({ resources: { CPU: 10_000 }, labelSelector }));
    return planBundles(bundleSet(strategy, [], { bundles }), nodes);
  };

  it('lie on nodes that meet them, in every strategy', () => {
    for (const strategy of ['PACK', 'SPREAD', 'STRICT_SPREAD'] as const) {
      expect(placeWith(strategy, { zone: '!x' }, { zone: 'x' })).toEqual({ kind: 'placed', nodeIds: ['b', 'a'] });
    }
  });

  it('lie together on one node that meets all of them, or nowhere', () => {
    expect(placeWith('STRICT_PACK', { zone: '!x' }, {})).toEqual({ kind: 'placed', nodeIds: ['b', 'b'] });
    expect(placeWith('STRICT_PACK', { zone: '!x' }, { zone: 'x' })).toEqual({ kind: 'infeasible' });
  });

  it('are infeasible when no node meets them', () => {
    expect(placeWith('PACK', { zone: 'y' })).toEqual({ kind: 'infeasible' });
  });
});

describe('fractions of GPUs', () => {
  const halfUsed = node('a', { GPU: 2 }, { GPU: 1 }, { gpus: gpuShares(0.5, 0.5) });

  it('are taken from single GPUs: two halves of different ones are no whole one', () => {
    for (const strategy of Object.values(PlacementStrategy)) {
      expect(place(strategy, bundlesOf({ GPU: 1 }), [halfUsed])).toBe('unavailable');
      expect(place(strategy, bundlesOf({ GPU: 0.6 }), [halfUsed])).toBe('unavailable');
    }
    expect(place('STRICT_PACK', bundlesOf({ GPU: 0.5 }, { GPU: 0.5 }), [halfUsed])).toBe('a a');
  });

  it('leave whole GPUs whole where they can', () => {
    const bundles = bundlesOf({ GPU: 0.5 }, { GPU: 1 }, { GPU: 0.5 });
    expect(place('STRICT_PACK', bundles, [node('a', { GPU: 2 })])).toBe('a a a');
  });
});

describe('a group that has no place now', () => {
  it('is unavailable when it fits what the nodes have in all', () => {
    const nodes = [node('a', { GPU: 2 }, { GPU: 1 }), node('b', { GPU: 2 }, { GPU: 1 })];
    for (const strategy of ['PACK', 'SPREAD'] as const) {
      expect(place(strategy, bundlesOf({ GPU: 2 }, { GPU: 1 }), nodes)).toBe('unavailable');
    }
    expect(place('STRICT_PACK', bundlesOf({ GPU: 1 }, { GPU: 1 }), nodes)).toBe('unavailable');
    expect(place('STRICT_SPREAD', bundlesOf({ GPU: 2 }, { GPU: 1 }), nodes)).toBe('unavailable');
  });

  it('is infeasible when each bundle fits but not all of them together', () => {
    const nodes = [node('a', { GPU: 3 }), node('b', { GPU: 3 })];
    for (const strategy of ['PACK', 'SPREAD'] as const) {
      expect(place(strategy, bundlesOf({ GPU: 2 }, { GPU: 2 }, { GPU: 2 }), nodes)).toBe('infeasible');
    }
  });

  it('is infeasible without nodes', () => {
    expect(place('SPREAD', bundlesOf({ CPU: 1 }), [])).toBe('infeasible');
  });

  it('is answered soon where the exact answer would take too long', () => {
    const nodes = Array.from({ length: 24 }, (_, i) => node(`n${i}`, { CPU: 100 + i }));
    const bundles = Array.from({ length: 49 }, (_, i) => ({ CPU: 51 + (i % 7) * 0.0001 }));
    expect(place('PACK', bundlesOf(...bundles), nodes)).toMatch(/infeasible|unavailable/);
  });
});
