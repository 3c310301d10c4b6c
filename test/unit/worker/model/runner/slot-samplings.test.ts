import { InternalError } from '../../../../../src/core/index.js';
import { SlotSamplings } from '../../../../../worker/model/runner/slot-samplings.js';
import { greedy } from '../../../../support/passes.js';

describe('SlotSamplings', () => {
  it('moves a sequence’s sampling with it, under its new slot', () => {
    const samplings = new SlotSamplings();
    samplings.set({ ...greedy(1), seed: 99 });
    samplings.move({ from: 1, to: 4, numTokens: 10 });
    expect(samplings.require(4).sampling).toEqual({ ...greedy(4), seed: 99 });
  });

  it('lets a later sequence replace the one before it', () => {
    const samplings = new SlotSamplings();
    samplings.set(greedy(0));
    samplings.set({ ...greedy(0), topK: 5 });
    expect(samplings.require(0).sampling.topK).toBe(5);
  });

  it('refuses a slot that nothing was said of', () => {
    expect(() => new SlotSamplings().require(2)).toThrow(InternalError);
  });
});
