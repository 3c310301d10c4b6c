import { InternalError, InvalidArgumentError, invariant } from '../../core/index.js';
import type { EngineCoreOutput, EngineCoreRequest, TokenLogprobs } from '../engine/engine-core-request.js';
import type { SampledToken, StepOutput, StepPlan } from '../step-plan.js';
import { buildStepPlan } from './build-step-plan.js';
import { KvBlockAccounting } from './kv-block-accounting.js';
import {
  compactLane,
  createLane,
  type Lane,
  laneRequests,
  laneShare,
  removeFromLane,
  type SampledRow,
} from './lane.js';
import { numUncomputedTokens, type Request, setRequestStatus } from './request.js';
import { finishReasonOf, type RequestStatus } from './request-status.js';
import { samplingSeed } from './sampling-seed.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { checkStop } from './stop-condition.js';

/** Counts for logs and metrics. */
export interface SchedulerStats {
  readonly numRunningRequests: number;
  readonly numWaitingRequests: number;
  readonly numPreemptions: number;
  /** Part of the KV blocks in use, 0 to 1. */
  readonly kvCacheUsage: number;
}

/** What a step of one lane has taken so far. */
interface Draft {
  readonly lane: Lane;
  readonly scheduled: Map<Request, number>;
  tokenBudget: number;
  hasPreempted: boolean;
}

function reportedLogprobs(request: Request, sampled: SampledToken): TokenLogprobs[] {
  if (request.sampling.numLogprobs < 0) return [];
  const { logprob, topTokenIds, topLogprobs } = sampled;
  return [{ logprob, topTokenIds: Array.from(topTokenIds), topLogprobs: Array.from(topLogprobs) }];
}

/**
 * Decides what every step computes: continuous batching and chunked prefill in one algorithm (vLLM v1). A request has
 * tokens computed and tokens to compute; a step gives the running ones what they need within the token budget, then
 * admits waiting ones. When KV blocks run out, the newest request gives its own back and starts over later.
 *
 * Synchronous and without clock or I/O. Every pipeline stage has a lane, and a lane one step in flight.
 */
export class Scheduler {
  readonly config: SchedulerConfig;
  readonly lanes: readonly Lane[];
  readonly blocks: KvBlockAccounting;
  readonly #requests = new Map<string, Request>();
  /** In order of arrival: a preempted request is always older than those that never ran. */
  readonly #waiting: Request[] = [];
  #numRequestsEver = 0;
  #numPreemptions = 0;
  #lastStepId = 0;

  constructor(config: SchedulerConfig) {
    this.config = config;
    this.lanes = Array.from({ length: config.numLanes }, (_, lane) => createLane(lane * config.slotsPerLane));
    this.blocks = new KvBlockAccounting(config.numBlocks);
  }

  get requests(): readonly Request[] {
    return [...this.#requests.values()];
  }

  get waiting(): readonly Request[] {
    return this.#waiting;
  }

  hasUnfinishedRequests(): boolean {
    return this.#requests.size > 0;
  }

  stats(): SchedulerStats {
    return {
      numRunningRequests: this.#requests.size - this.#waiting.length,
      numWaitingRequests: this.#waiting.length,
      numPreemptions: this.#numPreemptions,
      kvCacheUsage: 1 - this.blocks.numFreeBlocks / this.blocks.numBlocks,
    };
  }

  /** @throws {InvalidArgumentError} when a request of that id has not finished. */
  addRequest({ requestId, promptTokenIds, sampling }: EngineCoreRequest): void {
    if (this.#requests.has(requestId)) throw new InvalidArgumentError(`Request id ${requestId} is already in use.`);
    const index = this.#numRequestsEver++;
    const request: Request = {
      requestId,
      index,
      numPromptTokens: promptTokenIds.length,
      sampling,
      samplingSeed: samplingSeed(sampling.seed, this.config.seed, index),
      tokenIds: [...promptTokenIds],
      numComputedTokens: 0,
      status: 'WAITING',
      numPreemptions: 0,
    };
    this.#requests.set(requestId, request);
    this.#waiting.push(request);
  }

  /** Ends a request where it stands; what a step in flight computes for it is dropped. Unknown ids are ignored. */
  abortRequest(requestId: string): void {
    const request = this.#requests.get(requestId);
    if (request !== undefined) this.#finish(request, 'FINISHED_ABORTED');
  }

  /** Plans the next step of a lane without one in flight; undefined when the lane has nothing to do. */
  schedule(laneIndex: number): StepPlan | undefined {
    const lane = this.lanes[laneIndex];
    invariant(lane !== undefined && lane.stepInFlight === undefined, `lane ${laneIndex} has no free step`);
    const draft: Draft = {
      lane,
      scheduled: new Map(),
      tokenBudget: this.config.maxNumBatchedTokens,
      hasPreempted: false,
    };
    this.#scheduleRunning(draft);
    const slotMoves = compactLane(lane);
    const admitted = draft.hasPreempted ? new Set<Request>() : this.#admitWaiting(draft);
    if (draft.scheduled.size === 0) {
      invariant(slotMoves.length === 0, 'only scheduled sequences move');
      return undefined;
    }
    const { plan, sampledRows } = buildStepPlan(++this.#lastStepId, lane, draft.scheduled, slotMoves, admitted);
    for (const [request, numTokens] of draft.scheduled) request.numComputedTokens += numTokens;
    lane.stepInFlight = { stepId: plan.stepId, sampledRows };
    return plan;
  }

  /** Takes the answer to a step: appends the tokens and ends the requests that are through. */
  update(output: StepOutput): EngineCoreOutput[] {
    const lane = this.lanes.find(({ stepInFlight }) => stepInFlight?.stepId === output.stepId);
    const sampledRows = lane?.stepInFlight?.sampledRows;
    if (lane === undefined || sampledRows?.length !== output.sampledTokens.length) {
      throw new InternalError(
        `Step ${output.stepId} was answered with ${output.sampledTokens.length} tokens, expected ${sampledRows?.length ?? 'no answer'}.`,
      );
    }
    lane.stepInFlight = undefined;
    return sampledRows.flatMap((row, index) => this.#takeToken(row, output.sampledTokens[index]!));
  }

  #takeToken(row: SampledRow, sampled: SampledToken): EngineCoreOutput[] {
    const { request } = row;
    invariant(row.slot === sampled.slot, `the token of slot ${row.slot} came from slot ${sampled.slot}`);
    if (request.status !== 'RUNNING' || request.numPreemptions !== row.numPreemptions) return [];
    request.tokenIds.push(sampled.tokenId);
    const stop = checkStop(request, this.config);
    if (stop !== undefined) this.#finish(request, stop.status);
    const output: EngineCoreOutput = {
      requestId: request.requestId,
      newTokenIds: [sampled.tokenId],
      newLogprobs: reportedLogprobs(request, sampled),
      finishReason: finishReasonOf(request.status),
      stopReason: stop?.stopReason,
    };
    return [output];
  }

  #scheduleRunning(draft: Draft): void {
    for (const request of laneRequests(draft.lane)) {
      const numTokens = Math.min(numUncomputedTokens(request), draft.tokenBudget);
      if (numTokens > 0 && this.#reserveOrPreempt(draft, request, numTokens)) {
        draft.scheduled.set(request, numTokens);
        draft.tokenBudget -= numTokens;
      }
    }
  }

  /** Gets the request its blocks, at the cost of newer requests; false when it was itself the newest and had to go. */
  #reserveOrPreempt(draft: Draft, request: Request, numTokens: number): boolean {
    while (request.status === 'RUNNING') {
      if (this.blocks.tryReserve(request.requestId, request.numComputedTokens + numTokens)) return true;
      this.#preemptNewest(draft);
    }
    return false;
  }

  #preemptNewest(draft: Draft): void {
    const running = this.lanes.flatMap(laneRequests);
    const newest = running.reduce((left, right) => (left.index > right.index ? left : right));
    this.#leave(newest);
    setRequestStatus(newest, 'PREEMPTED');
    newest.numComputedTokens = 0;
    newest.numPreemptions += 1;
    this.#waiting.unshift(newest);
    this.#numPreemptions += 1;
    draft.scheduled.delete(newest);
    draft.hasPreempted = true;
  }

  /** A prompt that the budget cuts leaves none for the next, so a lane has at most one such prompt, its last. */
  #admitWaiting(draft: Draft): Set<Request> {
    const { lane } = draft;
    const { numLanes, slotsPerLane, maxNumSeqs } = this.config;
    const admitted = new Set<Request>();
    for (;;) {
      const request = this.#waiting[0];
      const numRunning = this.#requests.size - this.#waiting.length;
      const share = laneShare(numRunning, this.#waiting.length, numLanes, slotsPerLane);
      const numTokens = Math.min(request === undefined ? 0 : numUncomputedTokens(request), draft.tokenBudget);
      if (request === undefined || numTokens === 0 || lane.sequences.length >= share || numRunning >= maxNumSeqs) break;
      if (!this.blocks.tryReserve(request.requestId, numTokens)) break;
      this.#waiting.shift();
      setRequestStatus(request, 'RUNNING');
      lane.sequences.push(request);
      draft.scheduled.set(request, numTokens);
      draft.tokenBudget -= numTokens;
      admitted.add(request);
    }
    return admitted;
  }

  #finish(request: Request, status: RequestStatus): void {
    this.#leave(request);
    setRequestStatus(request, status);
    this.#requests.delete(request.requestId);
  }

  /** Takes the request out of wherever it is and gives its blocks back. */
  #leave(request: Request): void {
    this.blocks.release(request.requestId);
    const waitingIndex = this.#waiting.indexOf(request);
    if (waitingIndex !== -1) this.#waiting.splice(waitingIndex, 1);
    for (const lane of this.lanes) removeFromLane(lane, request);
  }
}
