import fc from 'fast-check';
import type { SampledToken, SlotSampling } from '../../../../../src/llm/step-plan.js';
import { SlotSamplings } from '../../../../../worker/model/runner/slot-samplings.js';
import { uniformAt } from '../../../../../worker/model/sampling/philox.js';
import { Sampler } from '../../../../../worker/model/sampling/sampler.js';
import { constraints } from './constraints-fixture.js';

const sampling = (changes: Partial<SlotSampling> = {}): SlotSampling => ({
  slot: 3,
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  seed: 42,
  numLogprobs: -1,
  ...changes,
});

function sampleToken(logits: Float32Array, parameters: SlotSampling, position: number): SampledToken {
  const samplings = new SlotSamplings();
  samplings.set(parameters);
  return new Sampler(logits.length).sample(logits, samplings.require(parameters.slot), position);
}

const softmax = (logits: readonly number[]): number[] => {
  const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const total = weights.reduce((sum, weight) => sum + weight);
  return weights.map((weight) => weight / total);
};

/** Sorts everything, as the definition reads: the probability that each token should be chosen with. */
function referenceDistribution(logits: Float32Array, { temperature, topK, topP, minP }: SlotSampling): number[] {
  const probabilities = softmax([...logits].map((logit) => logit / temperature));
  const smallest = minP * Math.max(...probabilities);
  const tempered = [...logits].map((logit, token) =>
    probabilities[token]! < smallest ? Number.NEGATIVE_INFINITY : logit / temperature,
  );
  const byLogit = [...tempered.keys()].sort((left, right) => tempered[right]! - tempered[left]! || left - right);
  const threshold = topK === 0 ? Number.NEGATIVE_INFINITY : tempered[byLogit[Math.min(topK, logits.length) - 1]!]!;
  const afterTopK = softmax(tempered.map((logit) => (logit >= threshold ? logit : Number.NEGATIVE_INFINITY)));
  let likelier = 0;
  const kept = new Set<number>();
  for (const token of byLogit) {
    if (kept.size > 0 && likelier >= topP) break;
    kept.add(token);
    likelier += afterTopK[token]!;
  }
  return softmax(
    tempered.map((logit, token) => (kept.has(token) && logit >= threshold ? logit : Number.NEGATIVE_INFINITY)),
  );
}

function countDraws(logits: Float32Array, parameters: SlotSampling, draws: number): number[] {
  const counts = new Array<number>(logits.length).fill(0);
  for (let position = 0; position < draws; position++) counts[sampleToken(logits, parameters, position).tokenId]! += 1;
  return counts;
}

/** Pearson's chi-square; infinite when something was drawn that should not be. */
function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const draws = counts.reduce((sum, count) => sum + count);
  return counts.reduce((sum, count, index) => {
    const expected = draws * probabilities[index]!;
    if (expected === 0) return count === 0 ? sum : Number.POSITIVE_INFINITY;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

/** With at most seven degrees of freedom less than one in a thousand fair samples is above it. */
const CHI_SQUARE_BOUND = 24.3;

/** The token that the definition gives for a number in [0, 1): the kept ones share it in the order of their ids. */
function referenceChoice(probabilities: readonly number[], uniform: number): number {
  let sum = 0;
  for (const [token, probability] of probabilities.entries()) {
    sum += probability;
    if (probability > 0 && uniform < sum) return token;
  }
  return probabilities.findLastIndex((probability) => probability > 0);
}

/** Constraints that leave one token to choose. */
const only = (tokenId: number): Partial<SlotSampling> => ({
  temperature: 0,
  constraints: constraints({ allowedTokenIds: Int32Array.of(tokenId) }),
});

const someLogits = Float32Array.of(1.5, 0.2, 3, 2.9, -1, 0.2, 2.2, -4);

describe('sampleToken', () => {
  describe('at temperature 0', () => {
    it('takes the first of the likeliest tokens', () => {
      const token = sampleToken(Float32Array.of(1, 5, 2, 5), sampling({ temperature: 0, topK: 1, topP: 0.1 }), 9);
      expect(token).toMatchObject({ slot: 3, tokenId: 1 });
    });

    it('takes the same token when logprobs are asked for', () => {
      expect(sampleToken(Float32Array.of(1, 5, 2, 5), sampling({ temperature: 0, numLogprobs: 2 }), 9).tokenId).toBe(1);
    });

    it('reports no tokens beside its own when none were asked for', () => {
      const { topTokenIds, topLogprobs } = sampleToken(someLogits, sampling({ temperature: 0 }), 0);
      expect([topTokenIds.length, topLogprobs.length]).toEqual([0, 0]);
    });
  });

  it('computes no log-probability that nobody asked for', () => {
    expect(sampleToken(someLogits, sampling(), 0)).toMatchObject({ logprob: 0, rank: 0 });
  });

  describe('logprobs', () => {
    const raw = softmax([...someLogits]).map(Math.log);

    it.each([0, 0.5, 2])('are the model’s own at temperature %d', (temperature) => {
      const parameters = sampling({ temperature, topK: 2, numLogprobs: 3 });
      const { tokenId, logprob, topTokenIds, topLogprobs } = sampleToken(someLogits, parameters, 5);
      expect(logprob).toBeCloseTo(raw[tokenId]!, 6);
      expect([...topTokenIds]).toEqual([2, 3, 6]);
      for (const [rank, token] of topTokenIds.entries()) expect(topLogprobs[rank]).toBeCloseTo(raw[token]!, 5);
    });

    it('come with the rank of the chosen token, above which only likelier ones count', () => {
      const rankOf = (chosen: number) => sampleToken(someLogits, sampling({ ...only(chosen), numLogprobs: 0 }), 0).rank;
      expect(Array.from(someLogits, (_, token) => rankOf(token))).toEqual([4, 5, 1, 2, 7, 5, 3, 8]);
    });

    it('are as many as there are tokens at most', () => {
      expect(sampleToken(someLogits, sampling({ numLogprobs: 100 }), 0).topTokenIds).toHaveLength(8);
    });
  });

  describe('at random', () => {
    it.each<[string, Partial<SlotSampling>]>([
      ['the whole distribution', {}],
      ['a sharper one', { temperature: 0.5 }],
      ['the three likeliest', { topK: 3 }],
      ['the nucleus', { topP: 0.8 }],
      ['the nucleus of the four likeliest', { topK: 4, topP: 0.7, temperature: 1.5 }],
      ['a nucleus of one', { topP: 1e-6 }],
      ['a k that ends among equals', { topK: 6 }],
      ['what is likely enough', { minP: 0.3 }],
      ['what is likely enough at its temperature', { minP: 0.3, temperature: 2 }],
      ['every filter at once', { minP: 0.05, topK: 5, topP: 0.9, temperature: 1.2 }],
    ])('draws from %s', (_, changes) => {
      const parameters = sampling(changes);
      const counts = countDraws(someLogits, parameters, 6000);
      expect(chiSquare(counts, referenceDistribution(someLogits, parameters))).toBeLessThan(CHI_SQUARE_BOUND);
    });

    it('never chooses a token that the filters leave out', () => {
      const logitsArbitrary = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 30 });
      const filters = fc.record({
        topK: fc.nat(12),
        topP: fc.double({ min: 0.05, max: 0.999, noNaN: true }),
        temperature: fc.double({ min: 0.1, max: 3, noNaN: true }),
        minP: fc.double({ min: 0, max: 0.9, noNaN: true }),
      });
      fc.assert(
        fc.property(logitsArbitrary, filters, fc.nat(1000), (values, changes, position) => {
          const logits = Float32Array.from(values);
          const { tokenId } = sampleToken(logits, sampling(changes), position);
          const slightlyWider = {
            ...sampling(changes),
            topP: changes.topP + 1e-9,
            minP: changes.minP * (1 - 1e-9),
          };
          expect(referenceDistribution(logits, slightlyWider)[tokenId]).toBeGreaterThan(0);
        }),
      );
    });

    it('chooses as the definition does, of many tokens', () => {
      const filters = fc.record({
        topK: fc.constantFrom(0, 1, 2, 5, 400),
        topP: fc.constantFrom(0.001, 0.5, 0.9, 1),
        temperature: fc.constantFrom(0.3, 1, 2),
        minP: fc.constantFrom(0, 0, 0.1),
      });
      fc.assert(
        fc.property(fc.nat(1000), filters, fc.nat(10_000), (seedOfLogits, changes, position) => {
          const logits = Float32Array.from({ length: 500 }, (_, token) => 12 * uniformAt(seedOfLogits, token) ** 3);
          const { tokenId } = sampleToken(logits, sampling(changes), position);
          const probabilities = referenceDistribution(logits, sampling(changes));
          const uniform = uniformAt(42, position);
          const near = [uniform, uniform - 1e-8, uniform + 1e-8].map((at) => referenceChoice(probabilities, at));
          expect(near).toContain(tokenId);
        }),
        { numRuns: 300 },
      );
    });

    it('does not depend on the rows that were sampled before', () => {
      const sampler = new Sampler(someLogits.length);
      const samplings = new SlotSamplings();
      const others = [sampling({ topK: 2 }), sampling({ topP: 0.3 }), sampling({ ...only(7), temperature: 1 })];
      for (let position = 0; position < 50; position++) {
        samplings.set(others[position % others.length]!);
        sampler.sample(Float32Array.from(someLogits).reverse(), samplings.require(3), position);
        samplings.set(sampling({ topP: 0.95 }));
        const { tokenId } = sampler.sample(someLogits, samplings.require(3), position);
        expect(tokenId).toBe(sampleToken(someLogits, sampling({ topP: 0.95 }), position).tokenId);
      }
    });

    it('depends on seed and position, not on the slot', () => {
      const flat = new Float32Array(1000);
      const chosen = (seed: number, position: number, slot: number): number =>
        sampleToken(flat, sampling({ seed, slot }), position).tokenId;
      expect(chosen(1, 1, 0)).toBe(chosen(1, 1, 7));
      expect(new Set([chosen(1, 1, 0), chosen(1, 2, 0), chosen(2, 1, 0)]).size).toBe(3);
    });
  });
});
