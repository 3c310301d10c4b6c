import { addResources } from '../../src/core/index.js';
import type { BundleRequest } from './node-capacity.js';

/** Scarce devices first, what every node has last; everything else by name in between. */
const FIRST = ['GPU'];
const LAST = ['object_store_memory', 'memory', 'CPU'];

/**
 * The indexes of the bundles in the order in which they are placed: those that are hardest to place first, by amount of
 * GPU, then of each custom resource by name, then of object store, memory and CPU. Equal bundles keep their order.
 *
 * @source Ray's bundle scheduling policies (SortRequiredResources)
 */
export function sortBundles(bundles: readonly BundleRequest[]): number[] {
  const priorities = listByPriority(bundles);
  return bundles
    .map((_bundle, index) => index)
    .sort((left, right) => {
      const first = bundles[left]!.resources;
      const second = bundles[right]!.resources;
      const decisive = priorities.find((name) => (first[name] ?? 0) !== (second[name] ?? 0));
      return decisive === undefined ? left - right : (second[decisive] ?? 0) - (first[decisive] ?? 0);
    });
}

function listByPriority(bundles: readonly BundleRequest[]): string[] {
  const custom = new Set(bundles.flatMap(({ resources }) => Object.keys(resources)));
  for (const name of [...FIRST, ...LAST]) custom.delete(name);
  return [...FIRST, ...[...custom].sort(), ...LAST];
}

/** All of the bundles in one: what a node must have that takes them together. */
export function addBundles(bundles: readonly BundleRequest[]): BundleRequest {
  return {
    resources: bundles.map(({ resources }) => resources).reduce(addResources, {}),
    labelSelector: {},
  };
}
