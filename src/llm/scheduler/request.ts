import { transition } from '../../core/index.js';
import type { RequestSampling, TokenLogprobs } from '../engine/engine-core-request.js';
import type { GrammarSpec } from '../structured-output/grammar-spec.js';
import type { OutputGrammar } from '../structured-output/output-grammar.js';
import type { Resident } from './prefix-cache.js';
import { type RequestStatus, requestTransitions } from './request-status.js';

/**
 * A request inside the scheduler. Its tokens are the prompt and what was sampled; the KV cache holds the first
 * `numComputedTokens` of them, counted from when a step is planned, and the rest is what is left to compute:
 *
 *     [0, numComputedTokens)            in the cache, or written there by a step in flight
 *     [numComputedTokens, numTokens)    to compute; one token when decoding, more when prefilling, none when in flight
 */
export interface Request {
  readonly requestId: string;
  /** Order of arrival at the scheduler. */
  readonly index: number;
  /** Lower first; for the policy `priority`. */
  readonly priority: number;
  readonly arrivalTime: number;
  readonly cacheSalt: string | undefined;
  /** It is computed from its first token on, whatever is in the cache. */
  readonly skipsPrefixCache: boolean;
  readonly numPromptTokens: number;
  readonly sampling: RequestSampling;
  /** What its output follows; undefined: it is free. */
  readonly grammarSpec: GrammarSpec | undefined;
  /** Has seen the output's tokens. Undefined before it is compiled, and for free outputs. */
  grammar: OutputGrammar | undefined;
  /** Unsigned 32-bit. */
  readonly samplingSeed: number;
  /** Prompt and output. */
  readonly tokenIds: number[];
  numComputedTokens: number;
  status: RequestStatus;
  /** A step in flight from before a preemption must not be taken for one after it. */
  numPreemptions: number;
  /** Of the whole blocks of `tokenIds`, as far as they were needed. */
  readonly blockHashes: string[];
  /** What its slot holds; undefined while it doesn't run. */
  resident: Resident | undefined;
  /** Prompt tokens that were in the cache when it first ran; undefined before. */
  numCachedTokens: number | undefined;
  /** What was computed so far of what is reported of the prompt; the first is of its second token. */
  readonly promptLogprobs: TokenLogprobs[];
}

export const numTokens = (request: Request): number => request.tokenIds.length;
export const numOutputTokens = (request: Request): number => request.tokenIds.length - request.numPromptTokens;
export const numUncomputedTokens = (request: Request): number => request.tokenIds.length - request.numComputedTokens;

/** One token is left to compute, so it can be a row of the decode pass. */
export const isDecoding = (request: Request): boolean => numUncomputedTokens(request) === 1;

/** The only way a request changes its status. @throws {InternalError} for a change that the lifecycle does not have. */
export function setRequestStatus(request: Request, to: RequestStatus): void {
  request.status = transition(requestTransitions, 'request', request.requestId, request.status, to);
}
