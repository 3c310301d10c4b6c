import type { PromptLogprobs, PromptLogprobsSpec } from '../../../src/llm/step-plan.js';
import { reportToken } from '../sampling/token-report.js';
import type { LogitsReader } from './logits-reader.js';

/** Gathers what is reported of a prompt chunk, from batches of logits. */
export class PromptReport {
  readonly #targetTokenIds: Int32Array;
  readonly #numTop: number;
  readonly #logits: LogitsReader;
  readonly #report: PromptLogprobs;
  #numPositions = 0;

  constructor(slot: number, { targetTokenIds, numLogprobs }: PromptLogprobsSpec, logits: LogitsReader) {
    const { length } = targetTokenIds;
    this.#targetTokenIds = targetTokenIds;
    this.#numTop = numLogprobs;
    this.#logits = logits;
    this.#report = {
      slot,
      logprobs: new Float32Array(length),
      ranks: new Int32Array(length),
      topTokenIds: new Int32Array(length * numLogprobs),
      topLogprobs: new Float32Array(length * numLogprobs),
    };
  }

  /** Takes the logits of the next `numRows` positions, which were computed last. */
  addRows(numRows: number): void {
    const { logprobs, ranks, topTokenIds, topLogprobs } = this.#report;
    for (let row = 0; row < numRows; row++) {
      const position = this.#numPositions++;
      const report = reportToken(this.#logits.readRow(row), this.#targetTokenIds[position]!, this.#numTop);
      logprobs[position] = report.logprob;
      ranks[position] = report.rank;
      topTokenIds.set(report.topTokenIds, position * this.#numTop);
      topLogprobs.set(report.topLogprobs, position * this.#numTop);
    }
  }

  /** When all positions were added. */
  finish(): PromptLogprobs {
    return this.#report;
  }
}
