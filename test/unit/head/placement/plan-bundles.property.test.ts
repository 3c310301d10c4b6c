import fc from 'fast-check';
import type { NodeSnapshot } from '../../../../head/placement/node-snapshot.js';
import { PlacementStrategy, planBundles } from '../../../../head/placement/plan-bundles.js';
import { addResources, fits, type Resources } from '../../../../src/core/index.js';
import { bundleSet, node } from '../../../support/node-snapshots.js';

const unitsPerOne = 10_000;
const bundle = fc
  .record({
    CPU: fc.integer({ min: 0, max: 4 }),
    GPU: fc.integer({ min: 0, max: 2 }),
    x: fc.integer({ min: 0, max: 1 }),
  })
  .filter((amounts) => Object.values(amounts).some((amount) => amount > 0))
  .map((amounts) => toUnits(amounts));
const someBundles = fc.array(bundle, { minLength: 1, maxLength: 5 });
const someNodes = fc
  .array(
    fc.record({
      total: fc.record({ CPU: fc.integer({ min: 0, max: 6 }), GPU: fc.integer({ min: 0, max: 3 }), x: fc.constant(1) }),
      isBusy: fc.boolean(),
    }),
    { maxLength: 4 },
  )
  .map((nodes) => nodes.map(({ total, isBusy }, i) => node(`n${i}`, total, isBusy ? halved(total) : total)));
const anyStrategy = fc.constantFrom(...Object.values(PlacementStrategy));

function toUnits(amounts: Resources): Resources {
  const entries = Object.entries(amounts).filter(([, amount]) => amount > 0);
  return Object.fromEntries(entries.map(([name, amount]) => [name, amount * unitsPerOne]));
}

const halved = (total: Resources): Resources =>
  Object.fromEntries(Object.entries(total).map(([name, amount]) => [name, Math.floor(amount / 2)]));
const emptied = (nodes: readonly NodeSnapshot[]): NodeSnapshot[] =>
  nodes.map((snapshot) => ({ ...snapshot, available: snapshot.total }));

/** Every way to give each bundle a node, tried one by one. */
function existsPlacement(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  nodes: readonly NodeSnapshot[],
): boolean {
  const assign = (depth: number, used: readonly Resources[], chosen: readonly number[]): boolean => {
    const wanted = bundles[depth];
    if (wanted === undefined) return true;
    return nodes.some((snapshot, i) => {
      if (strategy === 'STRICT_PACK' && depth > 0 && chosen[0] !== i) return false;
      if (strategy === 'STRICT_SPREAD' && chosen.includes(i)) return false;
      const load = addResources(used[i] ?? {}, wanted);
      return fits(load, snapshot.available) && assign(depth + 1, used.with(i, load), [...chosen, i]);
    });
  };
  return assign(
    0,
    nodes.map(() => ({})),
    [],
  );
}

describe('planBundles, on any cluster', () => {
  it('gives out no more than a node has available', () => {
    fc.assert(
      fc.property(anyStrategy, someBundles, someNodes, (strategy, bundles, nodes) => {
        const plan = planBundles(bundleSet(strategy, bundles), nodes);
        if (plan.kind !== 'placed') return;
        expect(plan.nodeIds).toHaveLength(bundles.length);
        for (const { nodeId, available } of nodes) {
          const load = bundles.filter((_, i) => plan.nodeIds[i] === nodeId).reduce(addResources, {});
          expect(fits(load, available)).toBe(true);
        }
      }),
    );
  });

  it('keeps what the strict strategies promise', () => {
    fc.assert(
      fc.property(someBundles, someNodes, (bundles, nodes) => {
        const packed = planBundles(bundleSet('STRICT_PACK', bundles), nodes);
        if (packed.kind === 'placed') expect(new Set(packed.nodeIds).size).toBe(1);
        const spread = planBundles(bundleSet('STRICT_SPREAD', bundles), nodes);
        if (spread.kind === 'placed') expect(new Set(spread.nodeIds).size).toBe(bundles.length);
      }),
    );
  });

  it('places a group exactly when there is a way to place it', () => {
    fc.assert(
      fc.property(anyStrategy, someBundles, someNodes, (strategy, bundles, nodes) => {
        const expected = existsPlacement(strategy, bundles, nodes)
          ? 'placed'
          : existsPlacement(strategy, bundles, emptied(nodes))
            ? 'unavailable'
            : 'infeasible';
        expect(planBundles(bundleSet(strategy, bundles), nodes).kind).toBe(expected);
      }),
    );
  });

  it('gives the same answer whatever the order of the nodes', () => {
    fc.assert(
      fc.property(anyStrategy, someBundles, someNodes, (strategy, bundles, nodes) => {
        expect(planBundles(bundleSet(strategy, bundles), [...nodes].reverse())).toEqual(
          planBundles(bundleSet(strategy, bundles), nodes),
        );
      }),
    );
  });
});
