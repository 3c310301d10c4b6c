import type { SlotSampling } from '../../../src/llm/step-plan.js';
import { exponentialOfNegative, NEGLIGIBLE_BELOW } from './exponential.js';
import { findCut, findCutAfter, isWithin } from './find-cut.js';

/** Against the rounding of sums. */
const SURELY = 0.5;

type Filters = Pick<SlotSampling, 'temperature' | 'topK' | 'topP' | 'minP'>;

/** Tokens equal to the k-th stay as well, as in vLLM. */
function topKThreshold(logits: Float32Array, maximum: number, topK: number): number {
  if (topK === 0 || topK >= logits.length) return Number.NEGATIVE_INFINITY;
  return findCutAfter(logits, maximum, topK).value;
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
  /** How many are left. */
  #count = 0;

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
    const total = this.#gather(logits, threshold, maximum, filters.temperature);
    return this.#pick(uniform * (filters.topP < 1 ? this.#keepTopP(maximum, filters.topP, total) : total));
  }

  /** Takes the tokens from `threshold` on. Returns what they weigh. */
  #gather(logits: Float32Array, threshold: number, maximum: number, temperature: number): number {
    const [tokenIds, kept, weights] = [this.#tokenIds, this.#logits, this.#weights];
    const scale = 1 / temperature;
    let count = 0;
    let total = 0;
    for (let token = 0; token < logits.length; token++) {
      const logit = logits[token]!;
      if (logit < threshold) continue;
      const weight = exponentialOfNegative((maximum - logit) * scale);
      tokenIds[count] = token;
      kept[count] = logit;
      weights[count++] = weight;
      total += weight;
    }
    this.#count = count;
    return total;
  }

  /** A token stays while the likelier ones weigh less than `topP` of all. Returns what those that stay weigh. */
  #keepTopP(maximum: number, topP: number, total: number): number {
    this.#dropLighterThan((((1 - topP) * total) / this.#count) * SURELY);
    const logits = this.#logits.subarray(0, this.#count);
    const weights = this.#weights.subarray(0, this.#count);
    const cut = findCut(logits, maximum, topP * total, weights);
    let kept = 0;
    for (let index = 0; index < weights.length; index++) {
      if (isWithin(cut, logits[index]!, index)) kept += weights[index]!;
      else weights[index] = 0;
    }
    return kept;
  }

  /** Tokens lighter than their share of what top-p leaves out are left out, which spares looking for their place. */
  #dropLighterThan(weight: number): void {
    const [tokenIds, logits, weights] = [this.#tokenIds, this.#logits, this.#weights];
    let count = 0;
    for (let index = 0; index < this.#count; index++) {
      const own = weights[index]!;
      tokenIds[count] = tokenIds[index]!;
      logits[count] = logits[index]!;
      weights[count] = own;
      count += own < weight ? 0 : 1;
    }
    this.#count = count;
  }

  /** The token in whose share of the weights `place` falls. */
  #pick(place: number): number {
    let rest = place;
    let last = 0;
    for (let index = 0; index < this.#count; index++) {
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
