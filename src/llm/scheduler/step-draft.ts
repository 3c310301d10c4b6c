import { stepLimits } from '../step-limits.js';
import type { SlotMove } from '../step-plan.js';
import { compactLane, type Lane, laneRequests, laneShare, slotOf } from './lane.js';
import { numConstraintWords } from './logit-constraints.js';
import { numTokens, numUncomputedTokens, type Request, setRequestStatus } from './request.js';
import { numRunning, removeRequest, runningRequests, type SchedulerState } from './scheduler-state.js';
import { TokenBudget } from './token-budget.js';
import { compareRequests } from './waiting-queue.js';

/** What the next step of a lane does; its requests are in their slots. */
export interface StepDraft {
  readonly lane: Lane;
  readonly budget: TokenBudget;
  /** Tokens that each request computes. */
  readonly scheduled: Map<Request, number>;
  readonly slotMoves: SlotMove[];
  /** Requests that enter their slot. */
  readonly admitted: Set<Request>;
  hasPreempted: boolean;
  /** Of the constraints of the admitted requests. */
  numConstraintWords: number;
}

function take({ budget, scheduled }: StepDraft, request: Request, numScheduled: number): void {
  scheduled.set(request, numScheduled);
  budget.take(request, numScheduled);
}

function preemptLast(state: SchedulerState, draft: StepDraft): void {
  const isLater = (left: Request, right: Request) => compareRequests(state.config.schedulingPolicy, left, right) > 0;
  const last = runningRequests(state).reduce((left, right) => (isLater(left, right) ? left : right));
  removeRequest(state, last);
  setRequestStatus(last, 'PREEMPTED');
  last.numComputedTokens = 0;
  last.numPreemptions += 1;
  state.waiting.add(last);
  state.numPreemptions += 1;
  draft.scheduled.delete(last);
  draft.hasPreempted = true;
}

/** Gets the request its blocks, at the cost of those served later; false when it was itself the last and had to go. */
function reserveOrPreempt(state: SchedulerState, draft: StepDraft, request: Request, numScheduled: number): boolean {
  while (request.status === 'RUNNING') {
    if (state.kv.tryReserve(request.requestId, request.numComputedTokens + numScheduled)) return true;
    preemptLast(state, draft);
  }
  return false;
}

function scheduleRunning(state: SchedulerState, draft: StepDraft): void {
  for (const request of laneRequests(draft.lane)) {
    const numScheduled = draft.budget.runningTokens(request);
    if (numScheduled > 0 && reserveOrPreempt(state, draft, request, numScheduled)) take(draft, request, numScheduled);
  }
}

/** Nothing is admitted behind a prompt that was cut, so a lane has at most one such prompt, its last. */
function mayAdmit(state: SchedulerState, { lane, scheduled }: StepDraft): boolean {
  const { numLanes, sequencesPerLane, maxNumSeqs } = state.config;
  const share = laneShare(state.requests.size, numLanes, sequencesPerLane);
  const last = lane.sequences.at(-1);
  const isCut = last !== undefined && scheduled.get(last) !== numUncomputedTokens(last);
  return !isCut && lane.sequences.length < share && numRunning(state) < maxNumSeqs;
}

/** Only the first time, as vLLM: what a preempted request finds again is its own. */
function countCached(state: SchedulerState, request: Request): void {
  if (request.numCachedTokens !== undefined) return;
  request.numCachedTokens = request.numComputedTokens;
  if (!state.config.enablePrefixCaching || request.skipsPrefixCache) return;
  state.prefixCacheQueries += numTokens(request);
  state.prefixCacheHits += request.numComputedTokens;
}

/** The plan has room for the request's constraints, as it always has for those of the first one. */
function hasRoomForConstraints(draft: StepDraft, request: Request): boolean {
  const numWords = draft.numConstraintWords + numConstraintWords(request);
  return draft.numConstraintWords === 0 || numWords <= stepLimits.constraintWords;
}

/** Lets a waiting request run, in part or whole; false, changing nothing, when tokens or blocks don't suffice. */
function tryAdmit(state: SchedulerState, draft: StepDraft, request: Request): boolean {
  if (!hasRoomForConstraints(draft, request)) return false;
  const { kv, waiting } = state;
  const { lane, budget } = draft;
  const hit = kv.findPrefix(request, slotOf(lane, lane.sequences.length));
  const numCached = kv.tokensOf(hit);
  const numScheduled = budget.prefillTokens(request, numTokens(request) - numCached);
  if (numScheduled === 0 || !kv.blocks.canReserve(request.requestId, numCached + numScheduled)) return false;
  waiting.remove(request);
  setRequestStatus(request, 'RUNNING');
  draft.slotMoves.push(...kv.enter(request, lane, hit));
  kv.tryReserve(request.requestId, numCached + numScheduled);
  countCached(state, request);
  take(draft, request, numScheduled);
  draft.admitted.add(request);
  draft.numConstraintWords += numConstraintWords(request);
  return true;
}

function admitWaiting(state: SchedulerState, draft: StepDraft): void {
  for (let next = state.waiting.first; next !== undefined; next = state.waiting.first) {
    if (!mayAdmit(state, draft) || !tryAdmit(state, draft, next)) return;
  }
}

/** Decides what the lane computes next: the running requests go first, waiting ones follow if nothing was preempted. */
export function draftStep(state: SchedulerState, lane: Lane): StepDraft {
  const hasDecodes = runningRequests(state).some((request) => numUncomputedTokens(request) <= 1);
  const draft: StepDraft = {
    lane,
    budget: new TokenBudget(state.config, hasDecodes),
    scheduled: new Map(),
    slotMoves: [],
    admitted: new Set(),
    hasPreempted: false,
    numConstraintWords: 0,
  };
  scheduleRunning(state, draft);
  draft.slotMoves.push(...compactLane(lane, (slot) => state.kv.clearSlot(lane, slot)));
  if (!draft.hasPreempted) admitWaiting(state, draft);
  return draft;
}
