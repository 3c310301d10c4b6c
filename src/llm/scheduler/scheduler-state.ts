import { KvManager } from './kv-manager.js';
import { createLane, type Lane, laneRequests, removeFromLane } from './lane.js';
import type { Request } from './request.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { WaitingQueue } from './waiting-queue.js';

/** All that a scheduler remembers between two calls. */
export interface SchedulerState {
  readonly config: SchedulerConfig;
  readonly lanes: readonly Lane[];
  readonly kv: KvManager;
  /** The unfinished requests by id: those in the queue, those before it, and those in a lane. */
  readonly requests: Map<string, Request>;
  readonly waiting: WaitingQueue;
  /** Those that get in the queue when their grammar is compiled, by id, in the order of their arrival. */
  readonly awaitingGrammar: Map<string, Request>;
  numPreemptions: number;
  prefixCacheQueries: number;
  prefixCacheHits: number;
}

export function createSchedulerState(config: SchedulerConfig): SchedulerState {
  return {
    config,
    lanes: Array.from({ length: config.numLanes }, (_, lane) => createLane(lane * config.slotsPerLane)),
    kv: new KvManager(config),
    requests: new Map(),
    waiting: new WaitingQueue(config.schedulingPolicy),
    awaitingGrammar: new Map(),
    numPreemptions: 0,
    prefixCacheQueries: 0,
    prefixCacheHits: 0,
  };
}

export const numWaiting = ({ waiting, awaitingGrammar }: SchedulerState): number =>
  waiting.length + awaitingGrammar.size;

export const numRunning = (state: SchedulerState): number => state.requests.size - numWaiting(state);

export const runningRequests = ({ lanes }: SchedulerState): Request[] => lanes.flatMap(laneRequests);

/** Takes the request out of wherever it is and gives its blocks back. */
export function removeRequest(state: SchedulerState, request: Request): void {
  const { kv, waiting, awaitingGrammar, lanes } = state;
  kv.release(request);
  awaitingGrammar.delete(request.requestId);
  waiting.remove(request);
  for (const lane of lanes) removeFromLane(lane, request);
}
