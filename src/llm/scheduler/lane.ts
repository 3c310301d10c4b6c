import type { SlotMove } from '../step-plan.js';
import { isDecoding, type Request } from './request.js';

/** A row of a step in flight whose result belongs to `request`, if it was not preempted or ended since. */
export interface RowInFlight {
  readonly request: Request;
  readonly slot: number;
  readonly numPreemptions: number;
}

/** A step that was planned for a lane and not yet answered. */
export interface StepInFlight {
  readonly stepId: number;
  /** Followed by a sampled token. */
  readonly sampledRows: readonly RowInFlight[];
  /** Positions of their prompts are reported on. */
  readonly reportedRows: readonly RowInFlight[];
}

/**
 * A group of neighbouring KV slots whose sequences are computed together, one step in flight at a time. Sequence i of the
 * lane is in slot `firstSlot + i`. When a step is planned the sequences are a dense prefix of the slots: first those that
 * decode, then at most one whose prompt was cut. Holes appear when sequences leave. The lane's other slots hold prefixes
 * of sequences that ended, or nothing.
 */
export interface Lane {
  readonly firstSlot: number;
  /** Undefined is a hole. */
  sequences: (Request | undefined)[];
  stepInFlight: StepInFlight | undefined;
}

export const createLane = (firstSlot: number): Lane => ({ firstSlot, sequences: [], stepInFlight: undefined });

/** The slot of the lane's sequence `index`. */
export const slotOf = (lane: Lane, index: number): number => lane.firstSlot + index;

/** The lane's sequences without the holes, in slot order. */
export const laneRequests = (lane: Lane): Request[] => lane.sequences.filter((request) => request !== undefined);

/** The lane's sequence leaves a hole; the others stay in their slots until {@link compactLane}. */
export function removeFromLane(lane: Lane, request: Request): void {
  const index = lane.sequences.indexOf(request);
  if (index !== -1) lane.sequences[index] = undefined;
}

function dropTrailingHoles(sequences: (Request | undefined)[]): void {
  while (sequences.length > 0 && sequences.at(-1) === undefined) sequences.pop();
}

/**
 * Fills the lane's holes from behind and returns the moves, in the order in which their targets become free. A hole
 * among the decoding sequences is filled by the last of these, so that they stay next to each other; the sequence that
 * still prefills then follows into the hole that this leaves.
 * @param clearSlot moves what an ended sequence left in a slot out of the way.
 */
export function compactLane(lane: Lane, clearSlot: (slot: number) => readonly SlotMove[]): SlotMove[] {
  const { sequences } = lane;
  const moves: SlotMove[] = [];
  for (;;) {
    dropTrailingHoles(sequences);
    const hole = sequences.indexOf(undefined);
    if (hole === -1) return moves;
    const lastDecoding = sequences.findLastIndex((request) => request !== undefined && isDecoding(request));
    const from = lastDecoding > hole ? lastDecoding : sequences.length - 1;
    const request = sequences[from]!;
    const to = slotOf(lane, hole);
    moves.push(...clearSlot(to), { from: slotOf(lane, from), to, numTokens: request.numComputedTokens });
    request.resident!.slot = to;
    sequences[hole] = request;
    sequences[from] = undefined;
  }
}

/**
 * How many sequences a lane may hold while requests wait: its fair share of all, so that no lane runs dry while another
 * takes everything. Some lane is below its share whenever a request waits.
 */
export function laneShare(numRequests: number, numLanes: number, sequencesPerLane: number): number {
  return Math.min(sequencesPerLane, Math.ceil(numRequests / numLanes));
}
