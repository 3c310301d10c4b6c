import { blocksForTokens } from './kv-block-accounting.js';
import { type Lane, laneRequests } from './lane.js';
import { isDecoding, type Request } from './request.js';
import type { Scheduler } from './scheduler.js';

function checkBlocks({ blocks, requests }: Scheduler): string[] {
  const held = requests.reduce((sum, { requestId }) => sum + blocks.blocksOf(requestId), 0);
  const faults = requests
    .filter((request) => blocks.blocksOf(request.requestId) < blocksForTokens(request.numComputedTokens))
    .map((request) => `request ${request.requestId} has more tokens in the cache than its blocks hold`);
  if (blocks.numFreeBlocks < 0) faults.push(`${-blocks.numFreeBlocks} blocks too many are given out`);
  if (held + blocks.numFreeBlocks !== blocks.numBlocks) {
    faults.push(`${held} held and ${blocks.numFreeBlocks} free blocks are not ${blocks.numBlocks}`);
  }
  return faults;
}

/** Between steps: the decoding sequences come first, then at most one that still prefills. */
function checkLaneOrder(lane: Lane): string[] {
  if (lane.stepInFlight !== undefined) return [];
  const sequences = laneRequests(lane);
  return sequences.slice(0, -1).every(isDecoding) ? [] : [`lane ${lane.firstSlot} prefills before it decodes`];
}

function checkPlaces({ lanes, waiting, requests, config }: Scheduler): string[] {
  const running = lanes.flatMap(laneRequests);
  const faults = lanes
    .filter((lane) => lane.sequences.length > config.slotsPerLane)
    .map((lane) => `lane ${lane.firstSlot} has ${lane.sequences.length} sequences`);
  const isMisplaced = (request: Request) =>
    (request.status === 'RUNNING' ? running : waiting).filter((other) => other === request).length !== 1;
  for (const request of requests.filter(isMisplaced)) {
    faults.push(`${request.status} request ${request.requestId} is not in exactly one place`);
  }
  if (running.length + waiting.length !== requests.length) faults.push('a finished request still has a place');
  if (running.length > config.maxNumSeqs) faults.push(`${running.length} sequences run`);
  return faults;
}

function checkArrivalOrder({ waiting }: Scheduler): string[] {
  const isSorted = waiting.every((request, index) => index === 0 || waiting[index - 1]!.index < request.index);
  return isSorted ? [] : ['the waiting requests are not in order of arrival'];
}

/** What must hold of a scheduler between any two calls; one sentence for each fault, none when all is well. Pure. */
export function schedulerFaults(scheduler: Scheduler): string[] {
  return [
    ...checkBlocks(scheduler),
    ...scheduler.lanes.flatMap(checkLaneOrder),
    ...checkPlaces(scheduler),
    ...checkArrivalOrder(scheduler),
  ];
}
