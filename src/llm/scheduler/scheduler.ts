import { InternalError, InvalidArgumentError, invariant } from '../../core/index.js';
import type { EngineCoreOutput, EngineCoreRequest } from '../engine/engine-core-request.js';
import type { SampledToken, SlotMove, StepOutput, StepPlan } from '../step-plan.js';
import { buildStepPlan } from './build-step-plan.js';
import { createRequest } from './create-request.js';
import { KvManager } from './kv-manager.js';
import {
  compactLane,
  createLane,
  type Lane,
  laneRequests,
  laneShare,
  removeFromLane,
  type SampledRow,
  slotOf,
} from './lane.js';
import { numTokens, numUncomputedTokens, type Request, setRequestStatus } from './request.js';
import type { RequestStatus } from './request-status.js';
import type { SchedulerConfig } from './scheduler-config.js';
import type { SchedulerStats } from './scheduler-stats.js';
import { checkStop } from './stop-condition.js';
import { TokenBudget } from './token-budget.js';
import { tokenOutput } from './token-output.js';
import { compareRequests, WaitingQueue } from './waiting-queue.js';

export type { SchedulerStats };

/** What a step of one lane has taken so far. */
interface Draft {
  readonly lane: Lane;
  readonly budget: TokenBudget;
  readonly scheduled: Map<Request, number>;
  readonly slotMoves: SlotMove[];
  readonly admitted: Set<Request>;
  hasPreempted: boolean;
}

/**
 * Decides what every step computes: continuous batching and chunked prefill in one algorithm (vLLM v1). A request has
 * tokens computed and tokens to compute; a step gives the running ones what they need within the token budget, then
 * admits waiting ones, which start behind the longest prefix of theirs that is in the cache. When KV blocks run out, the
 * request that is served last gives its own back and starts over later.
 *
 * Synchronous and without clock or I/O. Every pipeline stage has a lane, and a lane one step in flight.
 */
export class Scheduler {
  readonly config: SchedulerConfig;
  readonly lanes: readonly Lane[];
  readonly kv: KvManager;
  readonly #requests = new Map<string, Request>();
  readonly #waiting: WaitingQueue;
  #numRequestsEver = 0;
  #numPreemptions = 0;
  #prefixCacheQueries = 0;
  #prefixCacheHits = 0;
  #lastStepId = 0;

  constructor(config: SchedulerConfig) {
    this.config = config;
    this.lanes = Array.from({ length: config.numLanes }, (_, lane) => createLane(lane * config.slotsPerLane));
    this.kv = new KvManager(config);
    this.#waiting = new WaitingQueue(config.schedulingPolicy);
  }

  get requests(): readonly Request[] {
    return [...this.#requests.values()];
  }

  get waiting(): readonly Request[] {
    return this.#waiting.requests;
  }

  hasUnfinishedRequests(): boolean {
    return this.#requests.size > 0;
  }

  stats(): SchedulerStats {
    const { blocks } = this.kv;
    return {
      numRunningRequests: this.#numRunning,
      numWaitingRequests: this.#waiting.length,
      numPreemptions: this.#numPreemptions,
      kvCacheUsage: 1 - blocks.numFreeBlocks / blocks.numBlocks,
      prefixCacheQueries: this.#prefixCacheQueries,
      prefixCacheHits: this.#prefixCacheHits,
    };
  }

  /** @throws {InvalidArgumentError} when a request of that id has not finished. */
  addRequest(request: EngineCoreRequest): void {
    const { requestId } = request;
    if (this.#requests.has(requestId)) throw new InvalidArgumentError(`Request id ${requestId} is already in use.`);
    const added = createRequest(request, this.#numRequestsEver++, this.config.seed);
    this.#requests.set(requestId, added);
    this.#waiting.add(added);
  }

  /** Ends a request where it stands; what a step in flight computes for it is dropped. Unknown ids are ignored. */
  abortRequest(requestId: string): void {
    const request = this.#requests.get(requestId);
    if (request !== undefined) this.#finish(request, 'FINISHED_ABORTED');
  }

  /** Forgets all cached prefixes, as after new weights; false, changing nothing, while a request runs. */
  resetPrefixCache(): boolean {
    if (this.#numRunning > 0) return false;
    this.kv.prefixes.evict(this.kv.prefixes.numIdleBlocks);
    return true;
  }

  /** Plans the next step of a lane without one in flight; undefined when the lane has nothing to do. */
  schedule(laneIndex: number): StepPlan | undefined {
    const lane = this.lanes[laneIndex];
    invariant(lane !== undefined && lane.stepInFlight === undefined, `lane ${laneIndex} has no free step`);
    const draft = this.#draft(lane);
    this.#scheduleRunning(draft);
    draft.slotMoves.push(...compactLane(lane, (slot) => this.kv.clearSlot(lane, slot)));
    if (!draft.hasPreempted) this.#admitWaiting(draft);
    if (draft.scheduled.size > 0) return this.#plan(draft);
    invariant(draft.slotMoves.length === 0, 'only scheduled sequences move');
    return undefined;
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

  get #numRunning(): number {
    return this.#requests.size - this.#waiting.length;
  }

  #draft(lane: Lane): Draft {
    const hasDecodes = this.lanes.some((other) =>
      laneRequests(other).some((request) => numUncomputedTokens(request) <= 1),
    );
    const budget = new TokenBudget(this.config, hasDecodes);
    return { lane, budget, scheduled: new Map(), slotMoves: [], admitted: new Set(), hasPreempted: false };
  }

  #plan({ lane, scheduled, slotMoves, admitted }: Draft): StepPlan {
    const running = this.lanes.flatMap(laneRequests);
    const slotTrims = this.kv.backStep(running, slotMoves);
    const { plan, sampledRows } = buildStepPlan(++this.#lastStepId, lane, scheduled, slotMoves, slotTrims, admitted);
    for (const [request, numScheduled] of scheduled) {
      request.numComputedTokens += numScheduled;
      this.kv.holdComputed(request);
    }
    lane.stepInFlight = { stepId: plan.stepId, sampledRows };
    return plan;
  }

  #takeToken(row: SampledRow, sampled: SampledToken): EngineCoreOutput[] {
    const { request } = row;
    invariant(row.slot === sampled.slot, `the token of slot ${row.slot} came from slot ${sampled.slot}`);
    if (request.status !== 'RUNNING' || request.numPreemptions !== row.numPreemptions) return [];
    request.tokenIds.push(sampled.tokenId);
    const stop = checkStop(request, this.config);
    if (stop !== undefined) this.#finish(request, stop.status);
    return [tokenOutput(request, sampled, stop)];
  }

  #scheduleRunning(draft: Draft): void {
    for (const request of laneRequests(draft.lane)) {
      const numScheduled = draft.budget.runningTokens(request);
      if (numScheduled > 0 && this.#reserveOrPreempt(draft, request, numScheduled))
        this.#take(draft, request, numScheduled);
    }
  }

  #take({ budget, scheduled }: Draft, request: Request, numScheduled: number): void {
    scheduled.set(request, numScheduled);
    budget.take(request, numScheduled);
  }

  /** Gets the request its blocks, at the cost of those served later; false when it was itself the last and had to go. */
  #reserveOrPreempt(draft: Draft, request: Request, numScheduled: number): boolean {
    while (request.status === 'RUNNING') {
      if (this.kv.tryReserve(request.requestId, request.numComputedTokens + numScheduled)) return true;
      this.#preemptLast(draft);
    }
    return false;
  }

  #preemptLast(draft: Draft): void {
    const running = this.lanes.flatMap(laneRequests);
    const isLater = (left: Request, right: Request) => compareRequests(this.config.schedulingPolicy, left, right) > 0;
    const last = running.reduce((left, right) => (isLater(left, right) ? left : right));
    this.#leave(last);
    setRequestStatus(last, 'PREEMPTED');
    last.numComputedTokens = 0;
    last.numPreemptions += 1;
    this.#waiting.add(last);
    this.#numPreemptions += 1;
    draft.scheduled.delete(last);
    draft.hasPreempted = true;
  }

  /** Nothing is admitted behind a prompt that was cut, so a lane has at most one such prompt, its last. */
  #admitWaiting(draft: Draft): void {
    while (this.#mayAdmit(draft)) {
      const request = this.#waiting.first!;
      if (!this.#tryAdmit(draft, request)) return;
    }
  }

  #mayAdmit({ lane, scheduled }: Draft): boolean {
    const { numLanes, sequencesPerLane, maxNumSeqs } = this.config;
    const share = laneShare(this.#requests.size, numLanes, sequencesPerLane);
    const last = lane.sequences.at(-1);
    const isCut = last !== undefined && scheduled.get(last) !== numUncomputedTokens(last);
    return this.#waiting.length > 0 && !isCut && lane.sequences.length < share && this.#numRunning < maxNumSeqs;
  }

  /** Lets the first waiting request run, in part or whole; false, changing nothing, when tokens or blocks don't suffice. */
  #tryAdmit(draft: Draft, request: Request): boolean {
    const { lane, budget } = draft;
    const hit = this.kv.findPrefix(request, slotOf(lane, lane.sequences.length));
    const numCached = this.kv.tokensOf(hit);
    const numScheduled = budget.prefillTokens(numTokens(request) - numCached);
    if (numScheduled === 0 || !this.kv.blocks.canReserve(request.requestId, numCached + numScheduled)) return false;
    this.#waiting.remove(request);
    setRequestStatus(request, 'RUNNING');
    draft.slotMoves.push(...this.kv.enter(request, lane, hit));
    this.kv.tryReserve(request.requestId, numCached + numScheduled);
    this.#countCached(request);
    this.#take(draft, request, numScheduled);
    draft.admitted.add(request);
    return true;
  }

  /** Only the first time, as vLLM: what a preempted request finds again is its own. */
  #countCached(request: Request): void {
    if (request.numCachedTokens !== undefined) return;
    request.numCachedTokens = request.numComputedTokens;
    if (!this.config.enablePrefixCaching || request.skipsPrefixCache) return;
    this.#prefixCacheQueries += numTokens(request);
    this.#prefixCacheHits += request.numComputedTokens;
  }

  #finish(request: Request, status: RequestStatus): void {
    this.#leave(request);
    setRequestStatus(request, status);
    this.#requests.delete(request.requestId);
  }

  /** Takes the request out of wherever it is and gives its blocks back. */
  #leave(request: Request): void {
    this.kv.release(request);
    this.#waiting.remove(request);
    for (const lane of this.lanes) removeFromLane(lane, request);
  }
}
