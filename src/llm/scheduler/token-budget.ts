import { promptReportWords, stepLimits } from '../step-limits.js';
import { isDecoding, numUncomputedTokens, type Request } from './request.js';
import type { SchedulerConfig } from './scheduler-config.js';

type Limits = Pick<
  SchedulerConfig,
  'maxNumBatchedTokens' | 'maxPrefillTokensBesideDecodes' | 'longPrefillTokenThreshold' | 'enableChunkedPrefill'
>;

/**
 * What a step may still compute. Decodes are given their token first. Prompts share the rest, and while anything decodes
 * no more than a chunk of it: so a decode waits for one chunk at most, however many prompts there are.
 */
export class TokenBudget {
  readonly #limits: Limits;
  #numTokens: number;
  #numPrefillTokens: number;
  /** For reports on prompts; below 0 when the only one was larger. */
  #numReportWords: number = stepLimits.promptReportWords;

  /** @param hasDecodes a sequence decodes, in this lane or another one. */
  constructor(limits: Limits, hasDecodes: boolean) {
    const isBounded = limits.enableChunkedPrefill && hasDecodes;
    this.#limits = limits;
    this.#numTokens = limits.maxNumBatchedTokens;
    this.#numPrefillTokens = isBounded ? limits.maxPrefillTokensBesideDecodes : limits.maxNumBatchedTokens;
  }

  /** How many of `numTokens` prompt tokens the request may compute now; 0 when it has to wait. */
  prefillTokens(request: Request, numTokens: number): number {
    return Math.min(this.#computableTokens(numTokens), this.#reportableTokens(request));
  }

  /** How many tokens a running request may compute now. */
  runningTokens(request: Request): number {
    if (isDecoding(request)) return Math.min(1, this.#numTokens);
    return this.prefillTokens(request, numUncomputedTokens(request));
  }

  take(request: Request, numTokens: number): void {
    this.#numTokens -= numTokens;
    if (isDecoding(request)) return;
    this.#numPrefillTokens -= numTokens;
    const { numPromptLogprobs } = request.sampling;
    if (numPromptLogprobs >= 0) this.#numReportWords -= numTokens * promptReportWords(numPromptLogprobs);
  }

  /** A prompt that is reported on is cut where the report would be too large, even without chunked prefill. */
  #reportableTokens({ sampling: { numPromptLogprobs } }: Request): number {
    if (numPromptLogprobs < 0) return Number.POSITIVE_INFINITY;
    const numTokens = Math.floor(this.#numReportWords / promptReportWords(numPromptLogprobs));
    const isFirst = this.#numReportWords === stepLimits.promptReportWords;
    return Math.max(numTokens, isFirst ? 1 : 0);
  }

  #computableTokens(numTokens: number): number {
    const budget = Math.min(this.#numTokens, this.#numPrefillTokens);
    const { enableChunkedPrefill, longPrefillTokenThreshold } = this.#limits;
    if (!enableChunkedPrefill) return numTokens <= budget ? numTokens : 0;
    return Math.min(numTokens, budget, longPrefillTokenThreshold || Number.POSITIVE_INFINITY);
  }
}
