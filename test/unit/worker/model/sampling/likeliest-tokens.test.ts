import fc from 'fast-check';
import { findCut, findCutAfter } from '../../../../../worker/model/sampling/find-cut.js';
import { indexOfLargest } from '../../../../../worker/model/sampling/largest.js';
import { likeliestTokens } from '../../../../../worker/model/sampling/likeliest-tokens.js';
import { logSumExp } from '../../../../../worker/model/sampling/log-sum-exp.js';

const logitsArbitrary = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 })
  .map((values) => Float32Array.from(values));

const sortedTokens = (logits: Float32Array): number[] =>
  [...logits.keys()].sort((left, right) => logits[right]! - logits[left]! || left - right);

describe('likeliestTokens', () => {
  it('lists tokens as a stable descending sort does', () => {
    fc.assert(
      fc.property(logitsArbitrary, fc.nat(), (logits, number) => {
        const count = number % (logits.length + 1);
        expect([...likeliestTokens(logits, count, Math.max(...logits))]).toEqual(sortedTokens(logits).slice(0, count));
      }),
    );
  });

  it('lists impossible tokens last', () => {
    const logits = Float32Array.of(Number.NEGATIVE_INFINITY, 3, Number.NEGATIVE_INFINITY, 900);
    expect([...likeliestTokens(logits, 3, 900)]).toEqual([3, 1, 0]);
  });
});

describe('findCut', () => {
  const values = Float32Array.of(1, 5, 5, 2);
  const weights = Float64Array.of(0.1, 0.4, 0.4, 0.1);

  it.each([
    [0.3, { value: 5, index: 1 }],
    [0.5, { value: 5, index: 2 }],
    [0.85, { value: 2, index: 3 }],
    [2, { value: 1, index: 0 }],
  ])('finds where %d is reached', (enough, cut) => {
    expect(findCut(values, 5, enough, weights)).toEqual(cut);
  });

  it('finds the place of a few largest of many as sorting does', () => {
    const values = fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 128, maxLength: 700 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 4 }), (integers, count) => {
        const many = Float32Array.from(integers, (integer) => integer / 100);
        const index = sortedTokens(many)[count - 1]!;
        expect(findCutAfter(many, Math.max(...many), count)).toEqual({ value: many[index], index });
      }),
    );
  });

  it('finds it where most are impossible', () => {
    const values = new Float32Array(1000).fill(Number.NEGATIVE_INFINITY);
    values[400] = 2;
    expect(findCutAfter(values, 2, 3)).toEqual({ value: Number.NEGATIVE_INFINITY, index: 1 });
  });

  it('tells apart values nearer to each other than its bins are wide', () => {
    const close = Float32Array.from({ length: 100 }, (_, index) => index * 1e-4);
    expect(findCut(close, close[99]!, 10)).toEqual({ value: close[90], index: 90 });
  });
});

describe('indexOfLargest', () => {
  it('finds the first of the largest values, wherever it is', () => {
    fc.assert(fc.property(logitsArbitrary, (logits) => expect(indexOfLargest(logits)).toBe(sortedTokens(logits)[0])));
  });

  it('is 0 where everything is impossible', () => {
    expect(indexOfLargest(new Float32Array(20).fill(Number.NEGATIVE_INFINITY))).toBe(0);
  });
});

describe('logSumExp', () => {
  it('agrees with the plain formula', () => {
    fc.assert(
      fc.property(logitsArbitrary, (logits) => {
        const plain = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
        expect(Math.abs(logSumExp(logits, Math.max(...logits)) - plain)).toBeLessThan(1e-9);
      }),
    );
  });

  it('takes logits of minus infinity for impossible', () => {
    expect(logSumExp(Float32Array.of(3, Number.NEGATIVE_INFINITY), 3)).toBe(3);
  });
});
