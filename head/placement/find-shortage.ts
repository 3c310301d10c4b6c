import { addResources, fits, formatResources, type Resources, sumPool } from '../../src/core/index.js';
import { formatSelector, meetsSelector } from './label-selector.js';
import { type BundleRequest, canHold, freeOf, type NodeCapacity } from './node-capacity.js';
import type { BundleSet } from './plan-bundles.js';
import { addBundles } from './sort-bundles.js';

/** Why bundles don't fit, for people. */
export interface Shortage {
  /** What was wanted and what there is, without a full stop: "bundle 2 wants {GPU: 4}; the largest node has {GPU: 2}". */
  readonly reason: string;
  /** Fixed point: what the reason is about, a bundle or the sum of all. */
  readonly wanted: Resources;
}

/** Whether the nodes are looked at as if they were empty, or as they are now. */
export type ShortageScope = 'total' | 'available';

/** The most telling reason why the bundles could not be placed on `nodes`. */
export function findShortage(
  { strategy, bundles }: BundleSet,
  nodes: readonly NodeCapacity[],
  scope: ShortageScope,
): Shortage {
  const sum = addBundles(bundles).resources;
  const left = scope === 'total' ? '' : ' left';
  const shortage = (reason: string, wanted = sum): Shortage => ({ reason, wanted });
  if (nodes.length === 0) return shortage('the cluster has no node that can take work');
  const homeless = findHomelessBundle(bundles, nodes);
  if (homeless?.reason !== undefined) return shortage(homeless.reason, homeless.bundle.resources);
  if (strategy === 'STRICT_PACK') {
    return shortage(`STRICT_PACK wants ${formatResources(sum)} on one node; ${describeMost(sum, nodes)}${left}`);
  }
  if (homeless !== undefined) {
    const wanted = homeless.bundle.resources;
    const most = describeMost(wanted, nodes);
    return shortage(`bundle ${homeless.index} wants ${formatResources(wanted)}; ${most}${left}`, wanted);
  }
  return shortage(strategy === 'STRICT_SPREAD' ? describeSpread(bundles, nodes, left) : describeSum(sum, nodes, left));
}

interface HomelessBundle {
  readonly index: number;
  readonly bundle: BundleRequest;
  /** Set when it is for the labels that no node takes it. */
  readonly reason: string | undefined;
}

/** A bundle that no single node can hold. */
function findHomelessBundle(
  bundles: readonly BundleRequest[],
  nodes: readonly NodeCapacity[],
): HomelessBundle | undefined {
  const position = bundles.findIndex((candidate) => !nodes.some((node) => canHold(candidate, node)));
  const bundle = bundles[position];
  if (bundle === undefined) return undefined;
  const { index = position } = bundle;
  const { labelSelector, resources } = bundle;
  if (Object.keys(labelSelector).length === 0) return { index, bundle, reason: undefined };
  const wants = `bundle ${index} wants ${formatResources(resources)} on a node with ${formatSelector(labelSelector)}`;
  const meeting = nodes.filter(({ labels }) => meetsSelector(labels, labelSelector));
  const has = meeting.length === 0 ? 'no node has such labels' : `of those ${describeMost(resources, meeting)}`;
  return { index, bundle, reason: `${wants}; ${has}` };
}

function describeSpread(bundles: readonly BundleRequest[], nodes: readonly NodeCapacity[], left: string): string {
  return bundles.length > nodes.length
    ? `STRICT_SPREAD wants ${bundles.length} nodes; the cluster has ${nodes.length}`
    : `STRICT_SPREAD wants a node for each of ${bundles.length} bundles; too few of the nodes have enough${left}`;
}

/** Every bundle fits some node, but they don't fit together. */
function describeSum(sum: Resources, nodes: readonly NodeCapacity[], left: string): string {
  const supply = nodes.map(({ free }) => sumPool(free)).reduce(addResources, {});
  const has = formatResources(pickResources(sum, supply));
  return fits(sum, supply)
    ? `the bundles cannot be divided over the nodes, which have ${has} together${left}`
    : `the bundles want ${formatResources(sum)} together; all nodes have ${has}${left}`;
}

/** What the best node has of the first resource that no node has enough of. */
function describeMost(wanted: Resources, nodes: readonly NodeCapacity[]): string {
  const lacking = Object.entries(wanted).find(([name, units]) => nodes.every((node) => freeOf(node, name) < units));
  if (lacking === undefined) return 'no node has all of it';
  const [name] = lacking;
  const most = Math.max(...nodes.map((node) => freeOf(node, name)));
  return `the largest node has ${formatResources({ [name]: most })}`;
}

/** What `resources` has of the names in `names`, 0 for those that it lacks. */
export function pickResources(names: Resources, resources: Resources): Resources {
  return Object.fromEntries(Object.keys(names).map((name) => [name, resources[name] ?? 0]));
}
