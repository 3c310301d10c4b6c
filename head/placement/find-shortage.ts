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

/** Whether the nodes are looked at as if they were empty, or as they are now. */
export type ShortageScope = 'total' | 'available';

/** The most telling reason why `bundles`, which `strategy` could not place on `nodes`, did not fit. */
export function findShortage(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  nodes: readonly NodeCapacity[],
  scope: ShortageScope,
): Shortage {
  const sum = bundles.reduce(addResources, {});
  const left = scope === 'total' ? '' : ' left';
  const homeless = findHomelessBundle(bundles, nodes);
  const shortage = (reason: string, wanted = sum): Shortage => ({ reason, wanted });
  if (nodes.length === 0) return shortage('the cluster has no node that can take work');
  if (strategy === 'STRICT_PACK') {
    return shortage(`STRICT_PACK wants ${formatResources(sum)} on one node; ${describeMost(sum, nodes)}${left}`);
  }
  if (homeless !== undefined) {
    const { index, bundle } = homeless;
    return shortage(`bundle ${index} wants ${formatResources(bundle)}; ${describeMost(bundle, nodes)}${left}`, bundle);
  }
  return shortage(strategy === 'STRICT_SPREAD' ? describeSpread(bundles, nodes, left) : describeSum(sum, nodes, left));
}

/** A bundle that is too large for every single node. */
function findHomelessBundle(
  bundles: readonly Resources[],
  nodes: readonly NodeCapacity[],
): { readonly index: number; readonly bundle: Resources } | undefined {
  const index = bundles.findIndex((bundle) => !nodes.some(({ free }) => fits(bundle, free)));
  const bundle = bundles[index];
  return bundle && { index, bundle };
}

function describeSpread(bundles: readonly Resources[], nodes: readonly NodeCapacity[], left: string): string {
  return bundles.length > nodes.length
    ? `STRICT_SPREAD wants ${bundles.length} nodes; the cluster has ${nodes.length}`
    : `STRICT_SPREAD wants a node for each of ${bundles.length} bundles; too few of the nodes have enough${left}`;
}

/** Every bundle fits some node, but they don't fit together. */
function describeSum(sum: Resources, nodes: readonly NodeCapacity[], left: string): string {
  const supply = nodes.map(({ free }) => free).reduce(addResources, {});
  const has = formatResources(pickResources(sum, supply));
  return fits(sum, supply)
    ? `the bundles cannot be divided over the nodes, which have ${has} together${left}`
    : `the bundles want ${formatResources(sum)} together; all nodes have ${has}${left}`;
}

/** What the best node has of the first resource that no node has enough of. */
function describeMost(wanted: Resources, nodes: readonly NodeCapacity[]): string {
  const lacking = Object.entries(wanted).find(([name, units]) => nodes.every(({ free }) => (free[name] ?? 0) < units));
  if (lacking === undefined) return 'no node has all of it';
  const [name] = lacking;
  const most = Math.max(...nodes.map(({ free }) => free[name] ?? 0));
  return `the largest node has ${formatResources({ [name]: most })}`;
}

/** What `resources` has of the names in `names`, 0 for those that it lacks. */
export function pickResources(names: Resources, resources: Resources): Resources {
  return Object.fromEntries(Object.keys(names).map((name) => [name, resources[name] ?? 0]));
}
