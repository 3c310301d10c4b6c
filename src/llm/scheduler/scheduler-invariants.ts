import { BLOCK_SIZE, blocksForTokens } from './kv-block-accounting.js';
import { type Lane, laneRequests, slotOf } from './lane.js';
import { isDecoding, type Request } from './request.js';
import type { RequestStatus } from './request-status.js';
import type { Scheduler } from './scheduler.js';
import { compareRequests } from './waiting-queue.js';

function checkBlocks({ kv: { blocks, prefixes, backing }, requests }: Scheduler): string[] {
  const held = requests.reduce((sum, { requestId }) => sum + blocks.blocksOf(requestId), 0);
  const faults = requests
    .filter((request) => blocks.blocksOf(request.requestId) < blocksForTokens(request.numComputedTokens))
    .map((request) => `request ${request.requestId} has more tokens in the cache than its blocks hold`);
  if (blocks.numFreeBlocks < 0) faults.push(`${-blocks.numFreeBlocks} blocks too many are given out`);
  if (held + blocks.numFreeBlocks !== blocks.numBlocks) {
    faults.push(`${held} held and ${blocks.numFreeBlocks} free blocks are not ${blocks.numBlocks}`);
  }
  if (prefixes.numIdleBlocks > blocks.numFreeBlocks) {
    faults.push(`${prefixes.numIdleBlocks} cached blocks are more than the ${blocks.numFreeBlocks} free ones`);
  }
  if (backing.numBackedBlocks > blocks.numBlocks) faults.push(`${backing.numBackedBlocks} blocks are backed by memory`);
  return faults;
}

/** What ended sequences left is counted, is no empty prefix, and is alone in its slot. */
function checkIdle({ kv: { prefixes }, lanes }: Scheduler): string[] {
  const runningSlots = new Set(lanes.flatMap(laneRequests).map(({ resident }) => resident?.slot));
  const faults = prefixes.idle
    .filter((resident) => runningSlots.has(resident.slot) || prefixes.idleAt(resident.slot) !== resident)
    .map(({ slot }) => `the cached prefix of slot ${slot} is not alone there`);
  const numBlocks = prefixes.idle.reduce((sum, { blockHashes }) => sum + blockHashes.length, 0);
  if (numBlocks !== prefixes.numIdleBlocks) faults.push(`${prefixes.numIdleBlocks} cached blocks are ${numBlocks}`);
  if (prefixes.idle.some(({ blockHashes }) => blockHashes.length === 0)) faults.push('an empty prefix is cached');
  return faults;
}

/** A running sequence's record says where it is, and shares no more than what is computed. */
function checkResidents(lane: Lane): string[] {
  return lane.sequences.flatMap((request, index) => {
    if (request === undefined) return [];
    const { resident, requestId, numComputedTokens } = request;
    const isRight =
      resident?.slot === slotOf(lane, index) &&
      resident.blockHashes.length <= Math.floor(numComputedTokens / BLOCK_SIZE) &&
      resident.blockHashes.every((hash, block) => hash === request.blockHashes[block]);
    return isRight ? [] : [`request ${requestId} is recorded wrongly in slot ${resident?.slot}`];
  });
}

/** Between steps: the decoding sequences come first, then at most one that still prefills. */
function checkLaneOrder(lane: Lane): string[] {
  if (lane.stepInFlight !== undefined) return [];
  const sequences = laneRequests(lane);
  return sequences.slice(0, -1).every(isDecoding) ? [] : [`lane ${lane.firstSlot} prefills before it decodes`];
}

/** Where a request of this status is. */
function placeOf(status: RequestStatus, { lanes, waiting, awaitingGrammar }: Scheduler): readonly Request[] {
  if (status === 'RUNNING') return lanes.flatMap(laneRequests);
  return status === 'WAITING_FOR_GRAMMAR' ? awaitingGrammar : waiting;
}

function checkPlaces(scheduler: Scheduler): string[] {
  const { lanes, waiting, awaitingGrammar, requests, config } = scheduler;
  const running = lanes.flatMap(laneRequests);
  const faults = lanes
    .filter((lane) => lane.sequences.length > config.sequencesPerLane)
    .map((lane) => `lane ${lane.firstSlot} has ${lane.sequences.length} sequences`);
  const isMisplaced = (request: Request) =>
    placeOf(request.status, scheduler).filter((other) => other === request).length !== 1;
  for (const request of requests.filter(isMisplaced)) {
    faults.push(`${request.status} request ${request.requestId} is not in exactly one place`);
  }
  const numPlaces = running.length + waiting.length + awaitingGrammar.length;
  if (numPlaces !== requests.length) faults.push('a finished request still has a place');
  if (running.length > config.maxNumSeqs) faults.push(`${running.length} sequences run`);
  return faults;
}

function checkWaitingOrder({ waiting, config: { schedulingPolicy } }: Scheduler): string[] {
  const isSorted = waiting.every(
    (request, index) => index === 0 || compareRequests(schedulingPolicy, waiting[index - 1]!, request) < 0,
  );
  return isSorted ? [] : ['the waiting requests are not in order'];
}

/** What must hold of a scheduler between any two calls; one sentence for each fault, none when all is well. Pure. */
export function schedulerFaults(scheduler: Scheduler): string[] {
  return [
    ...checkBlocks(scheduler),
    ...checkIdle(scheduler),
    ...scheduler.lanes.flatMap(checkResidents),
    ...scheduler.lanes.flatMap(checkLaneOrder),
    ...checkPlaces(scheduler),
    ...checkWaitingOrder(scheduler),
  ];
}
