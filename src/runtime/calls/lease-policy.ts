/**
 * Which leased worker the next task goes to, how many workers to ask for, and when to give one back: pure functions over
 * what a caller knows of its leases of one kind. Times are in milliseconds of one clock.
 */

/** A leased worker, as the decisions see it. */
export interface LeaseLoad {
  /** Sent and not answered. */
  readonly numInFlight: number;
  /** What the tasks in flight are expected to take together; Infinity with one of unknown length. */
  readonly backlogMs: number;
  /** When the worker last answered, or was given a task while it had none; since when it is idle if it has none. */
  readonly lastProgressMs: number;
}

/** The tasks that wait for a worker and the leases that could run them. */
export interface LeaseDemand {
  readonly numQueued: number;
  /** What a queued task is expected to take; undefined as long as none has ended. */
  readonly meanTaskMs: number | undefined;
  readonly numLeases: number;
  /** Asked for and not granted. */
  readonly numRequested: number;
}

/** Work that a worker may have ahead of itself: so much that it need not wait for its caller, so little that no task waits long. */
const MAX_BACKLOG_MS = 5;
/** Up to here tasks are sent to the busiest worker: they are so short that a second process would not end them sooner. */
const PACKED_BACKLOG_MS = 1;
const MAX_IN_FLIGHT = 1_000;
/** Queued work that is worth another worker. */
const WORK_PER_LEASE_MS = 20;
/** As Ray: what else is queued is asked for when these have been granted. */
const MAX_REQUESTED = 10;
/** As Ray keeps an idle lease. */
const IDLE_MS = 500;
/** A worker that has answered nothing for so long has met a long task: those behind it are taken back. */
const STUCK_MS = 50;

/** The lease for a task that is expected to take `taskMs` (undefined: unknown), or undefined when every worker has enough. */
export function chooseLease<L extends LeaseLoad>(leases: Iterable<L>, taskMs: number | undefined): L | undefined {
  let packed: L | undefined;
  let least: L | undefined;
  for (const lease of leases) {
    if (!least || lease.backlogMs < least.backlogMs) least = lease;
    const hasRoom = lease.backlogMs + (taskMs ?? Infinity) <= PACKED_BACKLOG_MS && lease.numInFlight < MAX_IN_FLIGHT;
    if (hasRoom && (!packed || lease.backlogMs > packed.backlogMs)) packed = lease;
  }
  if (packed) return packed;
  return least && mayTake(least, taskMs) ? least : undefined;
}

/** An idle worker takes any task; a busy one only a short one on top of short ones. */
function mayTake(lease: LeaseLoad, taskMs: number | undefined): boolean {
  if (lease.numInFlight === 0) return true;
  return lease.numInFlight < MAX_IN_FLIGHT && lease.backlogMs + (taskMs ?? Infinity) <= MAX_BACKLOG_MS;
}

/** How many workers to ask for in addition; negative: so many requests are not needed any more. */
export function missingLeases({ numQueued, meanTaskMs, numLeases, numRequested }: LeaseDemand): number {
  if (numQueued === 0) return -numRequested;
  const wanted = meanTaskMs === undefined ? numQueued : Math.ceil((numQueued * meanTaskMs) / WORK_PER_LEASE_MS);
  const atLeast = numLeases === 0 ? 1 : 0;
  return Math.min(Math.max(Math.min(wanted, numQueued), atLeast), MAX_REQUESTED) - numRequested;
}

/** Whether an idle lease goes back: after a while, or at once when others wait for what it holds. */
export function isSurplus(lease: LeaseLoad, nowMs: number, othersWait: boolean): boolean {
  return lease.numInFlight === 0 && (othersWait || nowMs - lease.lastProgressMs >= IDLE_MS);
}

/** Whether the tasks behind the one that a worker runs should be taken back and run elsewhere. */
export function isStuck(lease: LeaseLoad, nowMs: number): boolean {
  return lease.numInFlight > 1 && nowMs - lease.lastProgressMs >= STUCK_MS;
}
