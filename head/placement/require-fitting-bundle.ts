import { chooseAllocation, formatResources, type RayError, type Resources } from '../../src/core/index.js';
import type { BundlePlace } from '../actors/actor-record.js';
import { totalPool } from './node-snapshot.js';
import type { PlacementGroupRecord } from './placement-group-record.js';

/**
 * Checks that an actor or a task can ever go where it asks to.
 *
 * @param what its name, for the message: "Counter".
 * @param resources in fixed point.
 * @param ErrorClass what is thrown when the group has no such bundle, or the request is too large for it, or for any.
 * @source the sentences are Ray's, which its users and their tools know
 */
export function requireFittingBundle(
  what: string,
  resources: Resources,
  asked: BundlePlace,
  group: PlacementGroupRecord,
  ErrorClass: new (message: string) => RayError,
): void {
  const { bundleIndex } = asked;
  const { bundles } = group;
  if (!Number.isInteger(bundleIndex) || bundleIndex < -1 || bundleIndex >= bundles.length) {
    throw new ErrorClass(
      `Placement group bundle index ${bundleIndex} is invalid. Valid indexes: 0-${bundles.length - 1}, or -1 for any.`,
    );
  }
  const candidates = bundleIndex === -1 ? bundles : [bundles[bundleIndex]!];
  if (candidates.some((total) => chooseAllocation(totalPool({ total }), resources))) return;
  throw new ErrorClass(
    `Cannot schedule ${what} with the placement group because the resource request ${formatResources(resources)} ` +
      `cannot fit into any bundles for the placement group, [${candidates.map(formatResources).join(', ')}].`,
  );
}
