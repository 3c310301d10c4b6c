import type { RequestOutput } from '../../src/llm/outputs.js';
import { SamplingParams } from '../../src/llm/sampling-params.js';
import { outputFaults } from './compare-outputs.js';
import type { Reference } from './reference.js';
import { type SoakEngine, type SoakRequest, startRequest } from './soak-request.js';

/** More than run at once, so that some always wait. */
const NUM_OUTSTANDING = 14;
const ABORTED_SHARE = 0.15;
const SALTED_SHARE = 0.1;
const NUM_PRIORITIES = 3;

/** What became of the requests so far. */
export interface SoakCounts {
  numFinished: number;
  numAborted: number;
  numTokens: number;
  numCachedTokens: number;
}

/** Keeps requests at an engine, each replaced as it ends, and holds every output to its reference. */
export class SoakLoad {
  readonly counts: SoakCounts = { numFinished: 0, numAborted: 0, numTokens: 0, numCachedTokens: 0 };
  /** A sentence for each output that was wrong, and for the failure of the engine. */
  readonly faults: string[] = [];
  readonly #engine: SoakEngine;
  readonly #references: readonly Reference[];
  readonly #random: () => number;
  #numRequests = 0;
  #state: 'loading' | 'draining' = 'loading';
  #numOutstanding = 0;

  constructor(engine: SoakEngine, references: readonly Reference[], random: () => number) {
    this.#engine = engine;
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

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #add(): void {
    const reference = this.#references[this.#below(this.#references.length)]!;
    const { promptTokenIds, init } = reference;
    const { maxTokens, minTokens = 0 } = init;
    const numTokens = Math.max(minTokens, 1 + this.#below(maxTokens!));
    const request: SoakRequest = {
      requestId: `soak-${this.#numRequests++}`,
      promptTokenIds,
      params: new SamplingParams({ ...init, maxTokens: numTokens }),
      priority: this.#below(NUM_PRIORITIES),
      cacheSalt: this.#random() < SALTED_SHARE ? 'salt' : undefined,
    };
    this.#run(request, reference, this.#random() < ABORTED_SHARE ? this.#below(numTokens) : undefined);
  }

  /** @param abortAfter tokens of all completions; it may end before. */
  #run(request: SoakRequest, reference: Reference, abortAfter: number | undefined): void {
    let numTokens = 0;
    this.#numOutstanding += 1;
    const running = startRequest(this.#engine, request, {
      onDelta: ({ tokenIds }) => {
        numTokens += tokenIds.length;
        this.counts.numTokens += tokenIds.length;
        if (numTokens === abortAfter) setImmediate(() => running.abort(true));
      },
      onOutput: (output) => this.#finish(output, reference, request.params.maxTokens!),
      onError: (error) => this.faults.push(`${request.requestId}: ${error.message}`),
    });
    if (abortAfter === 0) setImmediate(() => running.abort(true));
  }

  #finish(output: RequestOutput, reference: Reference, maxTokens: number): void {
    const isAborted = output.outputs.some(({ finishReason }) => finishReason === 'abort');
    if (isAborted) this.counts.numAborted += 1;
    else this.#check(output, reference, maxTokens);
    this.#numOutstanding -= 1;
    if (this.#state === 'loading' && this.faults.length === 0) this.#add();
  }

  #check(output: RequestOutput, reference: Reference, maxTokens: number): void {
    this.counts.numFinished += 1;
    this.counts.numCachedTokens += output.numCachedTokens ?? 0;
    this.faults.push(...outputFaults(output, reference, maxTokens));
  }
}
