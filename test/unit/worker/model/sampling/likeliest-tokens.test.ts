import fc from 'fast-check';
import { LikeliestTokens } from '../../../../../worker/model/sampling/likeliest-tokens.js';
import { logSumExp } from '../../../../../worker/model/sampling/log-sum-exp.js';

const logitsArbitrary = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 })
  .map((values) => Float32Array.from(values));

describe('LikeliestTokens', () => {
  it('lists tokens as a stable descending sort does, whatever is asked for first', () => {
    fc.assert(
      fc.property(logitsArbitrary, fc.nat(), (logits, start) => {
        const sorted = [...logits.keys()].sort((left, right) => logits[right]! - logits[left]! || left - right);
        const likeliest = new LikeliestTokens(logits);
        const first = start % logits.length;
        expect(likeliest.at(first)).toBe(sorted[first]);
        expect(sorted.map((_, rank) => likeliest.at(rank))).toEqual(sorted);
      }),
    );
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
