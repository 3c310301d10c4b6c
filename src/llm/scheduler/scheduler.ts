import { InternalError, InvalidArgumentError, invariant, type RayError } from '../../core/index.js';
import type { EngineCoreOutput, EngineCoreRequest } from '../engine/engine-core-request.js';
import type { PromptLogprobs, SampledToken, StepOutput, StepPlan } from '../step-plan.js';
import type { OutputGrammar } from '../structured-output/output-grammar.js';
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
  numWaiting,
  removeRequest,
  runningRequests,
  type SchedulerState,
} from './scheduler-state.js';
import type { SchedulerStats } from './scheduler-stats.js';
import { draftStep, type StepDraft } from './step-draft.js';
import { checkStop } from './stop-condition.js';
import { tokenOutput } from './token-output.js';

/** A request that ended with an error of its own. */
export interface RequestFailure {
  readonly requestId: string;
  readonly error: RayError;
}

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
  #failures: RequestFailure[] = [];
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
    const { kv, numPreemptions, prefixCacheQueries, prefixCacheHits } = this.#state;
    return {
      numRunningRequests: numRunning(this.#state),
      numWaitingRequests: numWaiting(this.#state),
      numPreemptions,
      kvCacheUsage: 1 - kv.blocks.numFreeBlocks / kv.blocks.numBlocks,
      prefixCacheQueries,
      prefixCacheHits,
    };
  }

  /** Those that don't run before {@link setGrammar}, in the order of their arrival. */
  get awaitingGrammar(): readonly Request[] {
    return [...this.#state.awaitingGrammar.values()];
  }

  /**
   * A request with a grammar has its place in the queue, but runs only after {@link setGrammar}.
   * @throws {InvalidArgumentError} when a request of that id has not finished.
   */
  addRequest(request: EngineCoreRequest): void {
    const { requestId } = request;
    const { requests, waiting, awaitingGrammar, config } = this.#state;
    if (requests.has(requestId)) throw new InvalidArgumentError(`Request id ${requestId} is already in use.`);
    const added = createRequest(request, this.#numRequestsEver++, config.seed);
    requests.set(requestId, added);
    if (added.grammarSpec === undefined) waiting.add(added);
    else awaitingGrammar.set(requestId, added);
  }

  /** Lets a request run that waits for its grammar, which is disposed of when the request ends. */
  setGrammar(request: Request, grammar: OutputGrammar): void {
    const { waiting, awaitingGrammar } = this.#state;
    awaitingGrammar.delete(request.requestId);
    request.grammar = grammar;
    setRequestStatus(request, 'WAITING');
    waiting.add(request);
  }

  /** Ends a request with an error of its own. */
  failRequest(request: Request, error: RayError): void {
    this.#failures.push({ requestId: request.requestId, error });
    this.#finish(request, 'FINISHED_ABORTED');
  }

  /** Requests that failed since the last call; they are told of nowhere else. */
  takeFailures(): readonly RequestFailure[] {
    const failures = this.#failures;
    if (failures.length > 0) this.#failures = [];
    return failures;
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
    for (const { request } of inFlight.sampledRows) this.#failWithGrammar(request);
    return plan;
  }

  #takeToken(row: RowInFlight, sampled: SampledToken): EngineCoreOutput[] {
    const { request } = row;
    invariant(row.slot === sampled.slot, `the token of slot ${row.slot} came from slot ${sampled.slot}`);
    if (!isCurrent(row)) return [];
    request.tokenIds.push(sampled.tokenId);
    request.grammar?.accept(sampled.tokenId);
    if (this.#failWithGrammar(request)) return [];
    const stop = checkStop(request, this.config);
    if (stop !== undefined) this.#finish(request, stop.status);
    return [tokenOutput(request, sampled, stop)];
  }

  /** True when the request's grammar failed, which ends the request. */
  #failWithGrammar(request: Request): boolean {
    const failure = request.grammar?.failure;
    if (failure === undefined) return false;
    this.failRequest(request, failure);
    return true;
  }

  #finish(request: Request, status: RequestStatus): void {
    request.grammar?.dispose();
    removeRequest(this.#state, request);
    setRequestStatus(request, status);
    this.#state.requests.delete(request.requestId);
  }
}
