import { InvalidArgumentError, type Resources } from '../../src/core/index.js';

/** @throws {InvalidArgumentError} for an amount that is no whole number of 1/10,000, or below 0. */
export function requireUnits(resources: Resources): Resources {
  for (const [name, units] of Object.entries(resources)) {
    if (!Number.isSafeInteger(units) || units < 0) {
      throw new InvalidArgumentError(`Resource ${name}: ${units} is not an amount in units of 1/10,000.`);
    }
  }
  return resources;
}
