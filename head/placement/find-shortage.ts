import { addResources, fits, formatResources, type Resources } from '../../src/core/index.js';
import type { NodeCapacity } from './node-capacity.js';
import type { PlacementStrategy } from './plan-bundles.js';

/** Why bundles don't fit, for people. */
export interface Shortage {
  /** What was wanted and what there is, without a full stop: "bundle 2 wants {GPU: 4}; the largest node has {GPU: 2}". */
  readonly reason: string;
  /** Fixed point: what the reason is about, a bundle or the sum of all. */
  readonly wanted: Resources;
}

/** The most telling reason why `bundles`, which `strategy` could not place on `nodes`, did not fit. */
export function findShortage(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  nodes: readonly NodeCapacity[],
): Shortage {
  const sum = bundles.reduce(addResources, {});
  if (nodes.length === 0) return { reason: 'the cluster has no node that can take work', wanted: sum };
  if (strategy === 'STRICT_PACK') {
    return {
      reason: `STRICT_PACK wants ${formatResources(sum)} on one node; ${describeMost(sum, nodes)}`,
      wanted: sum,
    };
  }
  return findHomelessBundle(bundles, nodes) ?? findSharedShortage(strategy, bundles, nodes, sum);
}

/** A bundle that is too large for every single node. */
function findHomelessBundle(bundles: readonly Resources[], nodes: readonly NodeCapacity[]): Shortage | undefined {
  const index = bundles.findIndex((bundle) => !nodes.some(({ free }) => fits(bundle, free)));
  const bundle = bundles[index];
  if (bundle === undefined) return undefined;
  return { reason: `bundle ${index} wants ${formatResources(bundle)}; ${describeMost(bundle, nodes)}`, wanted: bundle };
}

/** Every bundle fits some node, but not all of them together. */
function findSharedShortage(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  nodes: readonly NodeCapacity[],
  sum: Resources,
): Shortage {
  if (strategy === 'STRICT_SPREAD') {
    const reason =
      bundles.length > nodes.length
        ? `STRICT_SPREAD wants ${bundles.length} nodes; the cluster has ${nodes.length}`
        : `STRICT_SPREAD wants a node for each of ${bundles.length} bundles; too few of the nodes are large enough`;
    return { reason, wanted: sum };
  }
  const supply = nodes.map(({ free }) => free).reduce(addResources, {});
  if (!fits(sum, supply)) {
    const has = formatResources(pickResources(sum, supply));
    return { reason: `the bundles want ${formatResources(sum)} together; all nodes have ${has}`, wanted: sum };
  }
  return { reason: 'the bundles cannot be divided over the nodes', wanted: sum };
}

/** The node that has most of the first resource that no node has enough of. */
function describeMost(wanted: Resources, nodes: readonly NodeCapacity[]): string {
  const lacking = Object.keys(wanted).find(
    (name) => !nodes.some(({ free }) => fits(pickResources({ [name]: 0 }, wanted), free)),
  );
  if (lacking === undefined) return 'no node has all of it';
  const most = Math.max(...nodes.map(({ free }) => free[lacking] ?? 0));
  return `the largest node has ${formatResources({ [lacking]: most })}`;
}

/** What `resources` has of the names in `names`, 0 for those that it lacks. */
export function pickResources(names: Resources, resources: Resources): Resources {
  return Object.fromEntries(Object.keys(names).map((name) => [name, resources[name] ?? 0]));
}
