/** Checks of what users ask of placement groups. The sentences are Ray's, which its users and their tools know. */
import { InvalidArgumentError, type Resources, toFixedPoint } from '../../src/core/index.js';
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
