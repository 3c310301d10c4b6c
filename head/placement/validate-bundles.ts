/** Checks of what users ask of placement groups. The sentences are Ray's, which its users and their tools know. */
import { fits, formatResources, InvalidArgumentError, type Resources, toFixedPoint } from '../../src/core/index.js';
import { PlacementStrategy } from './plan-bundles.js';

/**
 * The bundles in fixed point.
 *
 * @param bundles quantities as the user wrote them: [{CPU: 0.5}, {GPU: 1}].
 * @throws {InvalidArgumentError} when there is no bundle, or one of them asks for nothing or for an impossible quantity.
 */
export function validateBundles(bundles: readonly Resources[]): readonly Resources[] {
  if (bundles.length === 0) {
    throw new InvalidArgumentError(
      'Bundles must be a non-empty list of resource dictionaries. For example: ' +
        '`[{"CPU": 1.0}, {"GPU": 1.0}]`. Got empty list instead.',
    );
  }
  const units = bundles.map(toFixedPoint);
  if (units.some((bundle) => Object.keys(bundle).length === 0)) {
    throw new InvalidArgumentError(
      `Bundles cannot be an empty dictionary or resources with only 0 values. Bundles: ${JSON.stringify(bundles)}`,
    );
  }
  return units;
}

/** @throws {InvalidArgumentError} when the text names no strategy. */
export function validateStrategy(strategy: string): PlacementStrategy {
  const found = Object.values(PlacementStrategy).find((name) => name === strategy);
  if (found !== undefined) return found;
  const supported = Object.values(PlacementStrategy).join(', ');
  throw new InvalidArgumentError(
    `Invalid placement group strategy ${strategy}. Supported strategies are: {${supported}}.`,
  );
}

/**
 * Checks an actor's place in a group of `bundles`.
 *
 * @param actor its class name, for the message.
 * @param request in fixed point.
 * @param bundleIndex -1 for any bundle of the group.
 * @throws {InvalidArgumentError} when there is no such bundle, or the request can never fit the bundle, or any bundle.
 */
export function validateBundleRequest(
  actor: string,
  request: Resources,
  bundles: readonly Resources[],
  bundleIndex: number,
): void {
  if (!Number.isInteger(bundleIndex) || bundleIndex < -1 || bundleIndex >= bundles.length) {
    throw new InvalidArgumentError(
      `placement group bundle index ${bundleIndex} is invalid. Valid placement group indexes: 0-${bundles.length - 1}`,
    );
  }
  const candidates = bundleIndex === -1 ? bundles : bundles.slice(bundleIndex, bundleIndex + 1);
  if (candidates.some((bundle) => fits(request, bundle))) return;
  throw new InvalidArgumentError(
    `Cannot schedule ${actor} with the placement group because the resource request ${formatResources(request)} cannot ` +
      `fit into any bundles for the placement group, [${candidates.map(formatResources).join(', ')}].`,
  );
}
