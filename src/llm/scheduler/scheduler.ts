import { InternalError, InvalidArgumentError, invariant } from '../../core/index.js';
import type { EngineCoreOutput, EngineCoreRequest } from '../engine/engine-core-request.js';
import type { PromptLogprobs, SampledToken, StepOutput, StepPlan } from '../step-plan.js';
import { buildStepPlan } from './build-step-plan.js';
import { createRequest } from './create-request.js';
import type { KvManager } from './kv-manager.js';
import type { Lane, RowInFlight, StepInFlight } from './lane.js';
import { tokenLogprobsOf } from './prompt-logprobs.js';
import { type Request, setRequestStatus } from './request.js';
import type { RequestStatus } from './request-status.js';
import type { SchedulerConfig } from './scheduler-config.js';
import {
  createSchedulerState,
  numRunning,
  removeRequest,
  runningRequests,
  type SchedulerState,
} from './scheduler-state.js';
import type { SchedulerStats } from './scheduler-stats.js';
import { draftStep, type StepDraft } from './step-draft.js';
import { checkStop } from './stop-condition.js';
import { tokenOutput } from './token-output.js';

/** The request has neither ended nor been preempted since. */
const isCurrent = ({ request, numPreemptions }: RowInFlight): boolean =>
  request.status === 'RUNNING' && request.numPreemptions === numPreemptions;

function takePromptLogprobs(row: RowInFlight, report: PromptLogprobs): void {
  invariant(row.slot === report.slot, `the report on slot ${row.slot} came from slot ${report.slot}`);
  if (isCurrent(row)) row.request.promptLogprobs.push(...tokenLogprobsOf(report));
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
  readonly #state: SchedulerState;
  #numRequestsEver = 0;
  #lastStepId = 0;

  constructor(config: SchedulerConfig) {
    this.#state = createSchedulerState(config);
  }

  get config(): SchedulerConfig {
    return this.#state.config;
  }

  get lanes(): readonly Lane[] {
    return this.#state.lanes;
  }

  get kv(): KvManager {
    return this.#state.kv;
  }

  /** Those that have not finished, in the order of their arrival. */
  get requests(): readonly Request[] {
    return [...this.#state.requests.values()];
  }

  /** In the order in which they will run. */
  get waiting(): readonly Request[] {
    return this.#state.waiting.requests;
  }

  hasUnfinishedRequests(): boolean {
    return this.#state.requests.size > 0;
  }

  stats(): SchedulerStats {
    const { waiting, kv, numPreemptions, prefixCacheQueries, prefixCacheHits } = this.#state;
    return {
      numRunningRequests: numRunning(this.#state),
      numWaitingRequests: waiting.length,
      numPreemptions,
      kvCacheUsage: 1 - kv.blocks.numFreeBlocks / kv.blocks.numBlocks,
      prefixCacheQueries,
      prefixCacheHits,
    };
  }

  /** @throws {InvalidArgumentError} when a request of that id has not finished. */
  addRequest(request: EngineCoreRequest): void {
    const { requestId } = request;
    const { requests, waiting, config } = this.#state;
    if (requests.has(requestId)) throw new InvalidArgumentError(`Request id ${requestId} is already in use.`);
    const added = createRequest(request, this.#numRequestsEver++, config.seed);
    requests.set(requestId, added);
    waiting.add(added);
  }

  /** Ends a request where it stands; what a step in flight computes for it is dropped. Unknown ids are ignored. */
  abortRequest(requestId: string): void {
    const request = this.#state.requests.get(requestId);
    if (request !== undefined) this.#finish(request, 'FINISHED_ABORTED');
  }

  /** Forgets all cached prefixes, as after new weights; false, changing nothing, while a request runs. */
  resetPrefixCache(): boolean {
    if (numRunning(this.#state) > 0) return false;
    const { prefixes } = this.#state.kv;
    prefixes.evict(prefixes.numIdleBlocks);
    return true;
  }

  /** Plans the next step of a lane without one in flight; undefined when the lane has nothing to do. */
  schedule(laneIndex: number): StepPlan | undefined {
    const lane = this.lanes[laneIndex];
    invariant(lane !== undefined && lane.stepInFlight === undefined, `lane ${laneIndex} has no free step`);
    const draft = draftStep(this.#state, lane);
    if (draft.scheduled.size > 0) return this.#plan(draft);
    invariant(draft.slotMoves.length === 0, 'only scheduled sequences move');
    return undefined;
  }

  /** Takes the answer to a step: appends the tokens and ends the requests that are through. */
  update(output: StepOutput): EngineCoreOutput[] {
    const { sampledRows, reportedRows } = this.#takeStep(output);
    for (const [index, row] of reportedRows.entries()) takePromptLogprobs(row, output.promptLogprobs![index]!);
    return sampledRows.flatMap((row, index) => this.#takeToken(row, output.sampledTokens[index]!));
  }

  #takeStep({ stepId, sampledTokens, promptLogprobs = [] }: StepOutput): StepInFlight {
    const lane = this.lanes.find(({ stepInFlight }) => stepInFlight?.stepId === stepId);
    const step = lane?.stepInFlight;
    if (step?.sampledRows.length !== sampledTokens.length || step.reportedRows.length !== promptLogprobs.length) {
      throw new InternalError(
        `Step ${stepId} was answered with ${sampledTokens.length} tokens and ${promptLogprobs.length} reports on prompts, expected ${step?.sampledRows.length ?? 'no answer'} and ${step?.reportedRows.length ?? 'none'}.`,
      );
    }
    lane!.stepInFlight = undefined;
    return step;
  }

  #plan({ lane, scheduled, slotMoves, admitted }: StepDraft): StepPlan {
    const slotTrims = this.kv.backStep(runningRequests(this.#state), slotMoves);
    const { eosTokenIds } = this.config;
    const stepId = ++this.#lastStepId;
    const { plan, inFlight } = buildStepPlan(stepId, lane, scheduled, slotMoves, slotTrims, admitted, eosTokenIds);
    for (const [request, numScheduled] of scheduled) {
      request.numComputedTokens += numScheduled;
      this.kv.holdComputed(request);
    }
    lane.stepInFlight = inFlight;
    return plan;
  }

  #takeToken(row: RowInFlight, sampled: SampledToken): EngineCoreOutput[] {
    const { request } = row;
    invariant(row.slot === sampled.slot, `the token of slot ${row.slot} came from slot ${sampled.slot}`);
    if (!isCurrent(row)) return [];
    request.tokenIds.push(sampled.tokenId);
    const stop = checkStop(request, this.config);
    if (stop !== undefined) this.#finish(request, stop.status);
    return [tokenOutput(request, sampled, stop)];
  }

  #finish(request: Request, status: RequestStatus): void {
    removeRequest(this.#state, request);
    setRequestStatus(request, status);
    this.#state.requests.delete(request.requestId);
  }
}
