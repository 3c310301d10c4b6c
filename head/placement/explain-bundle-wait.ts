import { formatResources, type Resources, sumPool } from '../../src/core/index.js';
import type { BundlePlace } from '../actors/actor-record.js';
import type { ClusterView } from './cluster-view.js';
import { describeGroupName, isUsableBundle, type PlacementGroupRecord } from './placement-group-record.js';

/** The text that tells a user why an actor or a task waits in its placement group, and for whom. */
export function explainBundleWait(
  subject: string,
  resources: Resources,
  { bundleIndex }: BundlePlace,
  group: PlacementGroupRecord,
  view: ClusterView,
): string {
  const name = describeGroupName(group);
  const indexes = bundleIndex === -1 ? [...group.bundles.keys()] : [bundleIndex];
  const usable = indexes.filter((index) => isUsableBundle(group, index));
  if (usable.length === 0) return `${subject} waits for ${name}, which is ${group.state}.`;
  const which = bundleIndex === -1 ? `in any bundle of ${name}` : `in bundle ${bundleIndex} of ${name}`;
  const rows = usable.map((index) => {
    const free = formatResources(sumPool(view.freeInBundle(group.placementGroupId, index)));
    const users = view.holdersOfBundle(group.placementGroupId, index);
    const held = users.map((user) => `${user.holder} ${formatResources(user.resources)}`).join(', ') || '-';
    return `  bundle ${index} has ${formatResources(group.bundles[index]!)}, ${free} free, held by ${held}`;
  });
  return [`${subject} waits for ${formatResources(resources)} ${which}:`, ...rows].join('\n');
}
