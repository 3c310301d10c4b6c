import {
  validateBundleRequest,
  validateBundles,
  validateStrategy,
} from '../../../../head/placement/validate-bundles.js';
import { InvalidArgumentError, toFixedPoint } from '../../../../src/core/index.js';
import { bundlesOf } from '../../../support/node-snapshots.js';

describe('validateBundles', () => {
  it('returns fixed point without zeros', () => {
    expect(validateBundles([{ CPU: 0.5, GPU: 0 }])).toEqual([{ CPU: 5_000 }]);
  });

  it('refuses an empty list in the words of Ray', () => {
    expect(() => validateBundles([])).toThrow(
      'Bundles must be a non-empty list of resource dictionaries. For example: `[{"CPU": 1.0}, {"GPU": 1.0}]`. Got empty list instead.',
    );
  });

  it.each([[[{}]], [[{ CPU: 1 }, { GPU: 0 }]]])('refuses %j, where a bundle asks for nothing', (bundles) => {
    expect(() => validateBundles(bundles)).toThrow(
      `Bundles cannot be an empty dictionary or resources with only 0 values. Bundles: ${JSON.stringify(bundles)}`,
    );
  });

  it('refuses impossible quantities', () => {
    expect(() => validateBundles([{ GPU: 1.5 }])).toThrow(InvalidArgumentError);
  });
});

describe('validateStrategy', () => {
  it('knows the four strategies and lists them otherwise', () => {
    expect(validateStrategy('STRICT_PACK')).toBe('STRICT_PACK');
    expect(() => validateStrategy('pack')).toThrow(
      'Invalid placement group strategy pack. Supported strategies are: {PACK, SPREAD, STRICT_PACK, STRICT_SPREAD}.',
    );
  });
});

describe('validateBundleRequest', () => {
  const bundles = bundlesOf({ CPU: 1 }, { GPU: 1 });
  const validate = (request: Record<string, number>, index: number): void =>
    validateBundleRequest('Counter', toFixedPoint(request), bundles, index);

  it('accepts what fits the bundle, or any bundle', () => {
    expect(() => validate({ GPU: 0.5 }, 1)).not.toThrow();
    expect(() => validate({ GPU: 0.5 }, -1)).not.toThrow();
  });

  it.each([2, -2, 0.5])('refuses the index %d', (index) => {
    expect(() => validate({ CPU: 1 }, index)).toThrow(
      `placement group bundle index ${index} is invalid. Valid placement group indexes: 0-1`,
    );
  });

  it('refuses what can never fit', () => {
    expect(() => validate({ CPU: 2 }, -1)).toThrow(
      'Cannot schedule Counter with the placement group because the resource request {CPU: 2} cannot fit into any ' +
        'bundles for the placement group, [{CPU: 1}, {GPU: 1}].',
    );
    expect(() => validate({ CPU: 1 }, 1)).toThrow(InvalidArgumentError);
  });
});
