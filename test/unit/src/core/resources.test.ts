import fc from 'fast-check';
import {
  addResources,
  fits,
  formatResources,
  fromFixedPoint,
  InvalidArgumentError,
  subtractResources,
  toFixedPoint,
} from '../../../../src/core/index.js';

describe('toFixedPoint', () => {
  it('counts in ten-thousandths and drops zeros', () => {
    expect(toFixedPoint({ CPU: 0.5, GPU: 2, disk: 0, tiny: 0.0001 })).toEqual({ CPU: 5_000, GPU: 20_000, tiny: 1 });
  });

  it('refuses a fraction below 0.0001, in words that name it', () => {
    expect(() => toFixedPoint({ CPU: 0.00015 })).toThrow(
      'The precision of the fractional quantity of resource CPU cannot go beyond 0.0001, got 0.00015.',
    );
  });

  it('takes a quantity that binary floating point only comes close to', () => {
    expect(toFixedPoint({ CPU: 0.1 + 0.2 })).toEqual({ CPU: 3_000 });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (quantity) => {
    expect(() => toFixedPoint({ CPU: quantity })).toThrow(InvalidArgumentError);
  });

  it('lets a GPU be shared, but never one and a half be taken', () => {
    expect(toFixedPoint({ GPU: 0.25 })).toEqual({ GPU: 2_500 });
    expect(() => toFixedPoint({ GPU: 1.5 })).toThrow('GPU resource quantities >1 must be whole numbers.');
    expect(toFixedPoint({ CPU: 1.5 })).toEqual({ CPU: 15_000 });
  });
});

describe('fits', () => {
  it('holds when all of the request is available, exactly enough included', () => {
    expect(fits({ CPU: 5_000, GPU: 10_000 }, { CPU: 5_000, GPU: 20_000 })).toBe(true);
  });

  it('fails when one resource is short', () => {
    expect(fits({ CPU: 5_000, GPU: 10_000 }, { CPU: 4_999, GPU: 20_000 })).toBe(false);
  });

  it('takes a resource that a node does not name for none', () => {
    expect(fits({ disk: 1 }, { CPU: 10_000 })).toBe(false);
  });

  it('holds for an empty request on an empty node', () => {
    expect(fits({}, {})).toBe(true);
  });
});

describe('addResources and subtractResources', () => {
  it('work on the resources of either side', () => {
    expect(addResources({ CPU: 1 }, { CPU: 2, GPU: 3 })).toEqual({ CPU: 3, GPU: 3 });
    expect(subtractResources({ CPU: 3, GPU: 3 }, { CPU: 1 })).toEqual({ CPU: 2, GPU: 3 });
  });

  it('leave their arguments as they were', () => {
    const left = { CPU: 1 };
    addResources(left, { CPU: 2 });
    subtractResources(left, { CPU: 1 });
    expect(left).toEqual({ CPU: 1 });
  });

  it('come back to the start after any takings and returns', () => {
    const quantity = fc.integer({ min: 1, max: 40_000 }).map((units) => units / 10_000);
    fc.assert(
      fc.property(fc.array(quantity), (quantities) => {
        const taken = quantities.map((cpu) => toFixedPoint({ CPU: cpu }));
        const total = { CPU: 10_000_000 };
        const rest = taken.reduce(subtractResources, total);
        expect(taken.reduceRight(addResources, rest)).toEqual(total);
      }),
    );
  });
});

describe('formatResources', () => {
  it('prints quantities as people write them', () => {
    expect(formatResources(toFixedPoint({ CPU: 0.5, GPU: 1 }))).toBe('{CPU: 0.5, GPU: 1}');
  });

  it('prints what fromFixedPoint gives', () => {
    expect(fromFixedPoint({ CPU: 1 })).toEqual({ CPU: 0.0001 });
    expect(formatResources({ CPU: 1 })).toBe('{CPU: 0.0001}');
  });
});
