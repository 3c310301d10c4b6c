import type { SlotSampling } from '../../../src/llm/step-plan.js';
import { exponentialOfNegative, NEGLIGIBLE_BELOW } from './exponential.js';
import { findCut, isWithin } from './find-cut.js';

type Filters = Pick<SlotSampling, 'temperature' | 'topK' | 'topP' | 'minP'>;

/** Tokens equal to the k-th stay as well, as in vLLM. */
function topKThreshold(logits: Float32Array, maximum: number, topK: number): number {
  if (topK === 0 || topK >= logits.length) return Number.NEGATIVE_INFINITY;
  return findCut(logits, maximum, topK).value;
}

/** Below it a token is less than `minP` times as likely as the likeliest one, at this temperature. */
const minPThreshold = (maximum: number, { temperature, minP }: Filters): number =>
  maximum + temperature * Math.log(minP);

/** Below it tokens are as good as impossible. */
const negligibleThreshold = (maximum: number, { temperature }: Filters): number =>
  maximum - temperature * NEGLIGIBLE_BELOW;

/** Chooses tokens at random, in memory that it keeps from one to the next. */
export class TokenChooser {
  /** Of the tokens that are left to choose from, in the order of their ids. */
  readonly #tokenIds: Int32Array;
  readonly #logits: Float32Array;
  /** Probabilities, relative to that of the likeliest token. */
  readonly #weights: Float64Array;

  constructor(vocabSize: number) {
    this.#tokenIds = new Int32Array(vocabSize);
    this.#logits = new Float32Array(vocabSize);
    this.#weights = new Float64Array(vocabSize);
  }

  /**
   * The filters are vLLM's in its order: temperature, min-p, top-k, then top-p on what these leave.
   * @param logits float32 [vocabSize]; minus infinity is impossible, but not for all.
   * @param maximum the largest logit.
   * @param uniform in [0, 1); decides.
   */
  choose(logits: Float32Array, maximum: number, filters: Filters, uniform: number): number {
    const threshold = Math.max(
      negligibleThreshold(maximum, filters),
      minPThreshold(maximum, filters),
      topKThreshold(logits, maximum, filters.topK),
    );
    const count = this.#gather(logits, threshold);
    const total = this.#weigh(count, maximum, filters.temperature);
    const kept = filters.topP < 1 ? this.#keepTopP(count, maximum, filters.topP * total) : total;
    return this.#pick(count, uniform * kept);
  }

  #gather(logits: Float32Array, threshold: number): number {
    let count = 0;
    for (let token = 0; token < logits.length; token++) {
      const logit = logits[token]!;
      if (logit < threshold) continue;
      this.#tokenIds[count] = token;
      this.#logits[count++] = logit;
    }
    return count;
  }

  #weigh(count: number, maximum: number, temperature: number): number {
    let total = 0;
    for (let index = 0; index < count; index++) {
      const below = Math.min((maximum - this.#logits[index]!) / temperature, NEGLIGIBLE_BELOW);
      const weight = exponentialOfNegative(below);
      this.#weights[index] = weight;
      total += weight;
    }
    return total;
  }

  /** A token stays while the likelier ones weigh less than `enough`. Returns what those that stay weigh. */
  #keepTopP(count: number, maximum: number, enough: number): number {
    const logits = this.#logits.subarray(0, count);
    const weights = this.#weights.subarray(0, count);
    const cut = findCut(logits, maximum, enough, weights);
    let total = 0;
    for (let index = 0; index < count; index++) {
      if (isWithin(cut, logits[index]!, index)) total += weights[index]!;
      else weights[index] = 0;
    }
    return total;
  }

  /** The token in whose share of the weights `place` falls. */
  #pick(count: number, place: number): number {
    let rest = place;
    let last = 0;
    for (let index = 0; index < count; index++) {
      const weight = this.#weights[index]!;
      if (weight === 0) continue;
      last = index;
      rest -= weight;
      if (rest < 0) break;
    }
    // Rounding may leave a rest, which belongs to the last one.
    return this.#tokenIds[last]!;
  }
}
