import type { EngineCoreClient } from '../../src/llm/engine/engine-core-client.js';
import type { EngineCoreRequest } from '../../src/llm/engine/engine-core-request.js';
import type { ReferencePrompt } from './reference-prompts.js';
import { soakRequest } from './soak-request.js';

/** More than run at once, so that some always wait. */
const NUM_OUTSTANDING = 14;
const ABORTED_SHARE = 0.15;
const SAMPLED_SHARE = 0.1;
const SALTED_SHARE = 0.1;
const NUM_PRIORITIES = 3;

/** What became of the requests so far. */
export interface SoakCounts {
  numFinished: number;
  numAborted: number;
  numTokens: number;
  numCachedTokens: number;
}

/** Keeps requests at an engine, each replaced as it ends, and holds every greedy output to its reference. */
export class SoakLoad {
  readonly counts: SoakCounts = { numFinished: 0, numAborted: 0, numTokens: 0, numCachedTokens: 0 };
  /** A sentence for each output that was wrong, and for the failure of the engine. */
  readonly faults: string[] = [];
  readonly #client: EngineCoreClient;
  readonly #references: readonly ReferencePrompt[];
  readonly #random: () => number;
  #numRequests = 0;
  #state: 'loading' | 'draining' = 'loading';
  #numOutstanding = 0;

  constructor(client: EngineCoreClient, references: readonly ReferencePrompt[], random: () => number) {
    this.#client = client;
    this.#references = references;
    this.#random = random;
  }

  start(): void {
    for (let count = 0; count < NUM_OUTSTANDING; count++) this.#add();
  }

  /** Adds no more requests. */
  stop(): void {
    this.#state = 'draining';
  }

  get isDrained(): boolean {
    return this.#numOutstanding === 0;
  }

  #add(): void {
    const reference = this.#references[Math.floor(this.#random() * this.#references.length)]!;
    const numTokens = 1 + Math.floor(this.#random() * reference.continuation.length);
    const isSampled = this.#random() < SAMPLED_SHARE;
    const sampling = { maxTokens: numTokens, ...(isSampled ? { temperature: 1 } : {}) };
    const request: EngineCoreRequest = {
      ...soakRequest(`soak-${this.#numRequests++}`, reference.tokenIds, sampling),
      priority: Math.floor(this.#random() * NUM_PRIORITIES),
      cacheSalt: this.#random() < SALTED_SHARE ? 'salt' : undefined,
    };
    const abortAfter = this.#random() < ABORTED_SHARE ? Math.floor(this.#random() * numTokens) : undefined;
    this.#run(request, isSampled ? undefined : reference.continuation.slice(0, numTokens), abortAfter);
  }

  #run(request: EngineCoreRequest, expected: readonly number[] | undefined, abortAfter: number | undefined): void {
    const { requestId } = request;
    const tokenIds: number[] = [];
    this.#numOutstanding += 1;
    const abort = () => {
      this.#client.abortRequests([requestId]);
      this.counts.numAborted += 1;
      this.#replace();
    };
    this.#client.addRequest(request, {
      onOutput: ({ newTokenIds, finishReason, numCachedTokens = 0 }) => {
        tokenIds.push(...newTokenIds);
        this.counts.numTokens += newTokenIds.length;
        this.counts.numCachedTokens += numCachedTokens;
        if (finishReason !== undefined) this.#finish(requestId, tokenIds, expected);
        else if (tokenIds.length === abortAfter) abort();
      },
      onError: (error) => this.faults.push(`${requestId}: ${error.message}`),
    });
    if (abortAfter === 0) setImmediate(abort);
  }

  #finish(requestId: string, tokenIds: readonly number[], expected: readonly number[] | undefined): void {
    this.counts.numFinished += 1;
    if (expected !== undefined && tokenIds.join() !== expected.join()) {
      this.faults.push(`${requestId} gave ${tokenIds.join()}, alone it gives ${expected.join()}.`);
    }
    this.#replace();
  }

  #replace(): void {
    this.#numOutstanding -= 1;
    if (this.#state === 'loading' && this.faults.length === 0) this.#add();
  }
}
