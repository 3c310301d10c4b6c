import { addResources, type NodeId, type Resources } from '../../src/core/index.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { missingBundles, type PlacementGroupRecord, toBundleSet } from './placement-group-record.js';
import { planBundles } from './plan-bundles.js';

/** What the group's missing bundles would take of which nodes; undefined when they have no place there. */
export function planGroupClaim(
  group: PlacementGroupRecord,
  nodes: readonly NodeSnapshot[],
): ReadonlyMap<NodeId, Resources> | undefined {
  const missing = missingBundles(group);
  const plan = planBundles(toBundleSet(group, missing), nodes);
  if (plan.kind !== 'placed') return undefined;
  const byNode = new Map<NodeId, Resources>();
  for (const [position, index] of missing.entries()) {
    const nodeId = plan.nodeIds[position]!;
    byNode.set(nodeId, addResources(byNode.get(nodeId) ?? {}, group.bundles[index]!));
  }
  return byNode;
}
