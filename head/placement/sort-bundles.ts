import type { Resources } from '../../src/core/index.js';

/** Scarce devices first, what every node has last; everything else by name in between. */
const FIRST = ['GPU'];
const LAST = ['object_store_memory', 'memory', 'CPU'];

/**
 * The indexes of the bundles in the order in which they are placed: those that are hardest to place first, by amount of
 * GPU, then of each custom resource by name, then of object store, memory and CPU. Equal bundles keep their order.
 *
 * @source Ray's bundle scheduling policies (SortRequiredResources)
 */
export function sortBundles(bundles: readonly Resources[]): number[] {
  const priorities = listByPriority(bundles);
  return bundles
    .map((_bundle, index) => index)
    .sort((left, right) => {
      const first = bundles[left] as Resources;
      const second = bundles[right] as Resources;
      const decisive = priorities.find((name) => (first[name] ?? 0) !== (second[name] ?? 0));
      return decisive === undefined ? left - right : (second[decisive] ?? 0) - (first[decisive] ?? 0);
    });
}

function listByPriority(bundles: readonly Resources[]): string[] {
  const custom = new Set(bundles.flatMap((bundle) => Object.keys(bundle)));
  for (const name of [...FIRST, ...LAST]) custom.delete(name);
  return [...FIRST, ...[...custom].sort(), ...LAST];
}
