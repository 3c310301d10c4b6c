import { validateBundles, validateStrategy } from '../../../../head/placement/validate-bundles.js';
import { InvalidArgumentError } from '../../../../src/core/index.js';

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
