import { GREEDY_TEMPERATURE, type SampledToken, type SlotSampling } from '../../../src/llm/step-plan.js';
import { constrainLogits, type SequenceConstraints } from './constrain-logits.js';
import { indexOfLargest } from './largest.js';
import { uniformAt } from './philox.js';
import { TokenChooser } from './token-choice.js';
import { NO_REPORT, reportToken } from './token-report.js';

/** How the tokens of one sequence are chosen. */
export interface SequenceSampling {
  readonly sampling: SlotSampling;
  /** Undefined: the logits are taken as they are. */
  readonly sequence: SequenceConstraints | undefined;
}

/**
 * Chooses the tokens that follow rows of logits. What it chooses depends on its arguments alone, so a sequence's tokens
 * don't depend on what else is in the batch; what it keeps is memory to work in.
 */
export class Sampler {
  readonly #row: Float32Array;
  readonly #chooser: TokenChooser;

  constructor(vocabSize: number) {
    this.#row = new Float32Array(vocabSize);
    this.#chooser = new TokenChooser(vocabSize);
  }

  /**
   * Log-probabilities are reported of the logits as the model gave them (vLLM's `raw_logprobs`).
   * @param logits float32 [vocabSize], finite; neither changed nor kept.
   * @param position the position that the new token will have in its sequence; with the seed it decides the random choice.
   * @param bitmask the tokens that a grammar allows, see applyBitmask; undefined without one.
   */
  sample(
    logits: Float32Array,
    { sampling, sequence }: SequenceSampling,
    position: number,
    bitmask?: Int32Array,
  ): SampledToken {
    const { slot, numLogprobs } = sampling;
    const row = this.#constrained(logits, sequence, position, bitmask);
    const tokenId = this.#choose(row, sampling, position);
    const report = numLogprobs < 0 ? NO_REPORT : reportToken(logits, tokenId, numLogprobs);
    return { slot, tokenId, ...report };
  }

  #constrained(
    logits: Float32Array,
    sequence: SequenceConstraints | undefined,
    position: number,
    bitmask: Int32Array | undefined,
  ): Float32Array {
    if (sequence === undefined && bitmask === undefined) return logits;
    constrainLogits(this.#row, logits, sequence, position, bitmask);
    return this.#row;
  }

  #choose(row: Float32Array, sampling: SlotSampling, position: number): number {
    const likeliest = indexOfLargest(row);
    if (sampling.temperature < GREEDY_TEMPERATURE) return likeliest;
    return this.#chooser.choose(row, row[likeliest]!, sampling, uniformAt(sampling.seed, position));
  }
}
