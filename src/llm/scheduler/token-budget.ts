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

  /** @param hasDecodes a sequence decodes, in this lane or another one. */
  constructor(limits: Limits, hasDecodes: boolean) {
    const isBounded = limits.enableChunkedPrefill && hasDecodes;
    this.#limits = limits;
    this.#numTokens = limits.maxNumBatchedTokens;
    this.#numPrefillTokens = isBounded ? limits.maxPrefillTokensBesideDecodes : limits.maxNumBatchedTokens;
  }

  /** How many of `numTokens` prompt tokens a request may compute now; 0 when it has to wait. */
  prefillTokens(numTokens: number): number {
    const budget = Math.min(this.#numTokens, this.#numPrefillTokens);
    const { enableChunkedPrefill, longPrefillTokenThreshold } = this.#limits;
    if (!enableChunkedPrefill) return numTokens <= budget ? numTokens : 0;
    return Math.min(numTokens, budget, longPrefillTokenThreshold || Number.POSITIVE_INFINITY);
  }

  /** How many tokens a running request may compute now. */
  runningTokens(request: Request): number {
    if (isDecoding(request)) return Math.min(1, this.#numTokens);
    return this.prefillTokens(numUncomputedTokens(request));
  }

  take(request: Request, numTokens: number): void {
    if (!isDecoding(request)) this.#numPrefillTokens -= numTokens;
    this.#numTokens -= numTokens;
  }
}
