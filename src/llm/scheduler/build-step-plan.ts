import type { Pass, SlotMove, SlotSampling, SlotTrim, StepPlan } from '../step-plan.js';
import type { Lane, SampledRow } from './lane.js';
import { isDecoding, numUncomputedTokens, type Request } from './request.js';

/** Tokens to compute of each request in this step; a request that is not in it does nothing. */
export type ScheduledTokens = ReadonlyMap<Request, number>;

interface ScheduledRow {
  readonly request: Request;
  readonly slot: number;
  readonly numTokens: number;
}

function scheduledRows(lane: Lane, scheduled: ScheduledTokens): ScheduledRow[] {
  const rows: ScheduledRow[] = [];
  lane.sequences.forEach((request, index) => {
    const numTokens = request === undefined ? undefined : scheduled.get(request);
    if (numTokens !== undefined) rows.push({ request: request!, slot: lane.firstSlot + index, numTokens });
  });
  return rows;
}

/** A row whose request has no more tokens to compute after it is followed by a sampled one. */
const isSampled = (row: ScheduledRow): boolean => row.numTokens === numUncomputedTokens(row.request);

function buildPass(rows: readonly ScheduledRow[], tokensPerRow: number): Pass {
  const tokenIds = new Int32Array(rows.length * tokensPerRow);
  rows.forEach(({ request }, index) => {
    const start = request.numComputedTokens;
    tokenIds.set(request.tokenIds.slice(start, start + tokensPerRow), index * tokensPerRow);
  });
  return {
    firstSlot: rows[0]!.slot,
    numRows: rows.length,
    tokensPerRow,
    tokenIds,
    numComputedTokens: Int32Array.from(rows, (row) => row.request.numComputedTokens),
    sampledRows: Uint8Array.from(rows, (row) => (isSampled(row) ? 1 : 0)),
  };
}

/** The decoding rows at the front of the lane make one pass, every other row one of its own. */
function buildPasses(rows: readonly ScheduledRow[], firstSlot: number): Pass[] {
  const firstOther = rows.findIndex((row, index) => !isDecoding(row.request) || row.slot !== firstSlot + index);
  const numDecoding = firstOther === -1 ? rows.length : firstOther;
  const prefills = rows.slice(numDecoding).map((row) => buildPass([row], row.numTokens));
  return numDecoding === 0 ? prefills : [buildPass(rows.slice(0, numDecoding), 1), ...prefills];
}

function slotSampling(request: Request, slot: number): SlotSampling {
  const { temperature, topK, topP, numLogprobs } = request.sampling;
  return { slot, temperature, topK, topP, seed: request.samplingSeed, numLogprobs };
}

export interface BuiltStep {
  readonly plan: StepPlan;
  readonly sampledRows: readonly SampledRow[];
}

/**
 * Writes down one step of a lane whose sequences are in place and whose computed tokens are those before the step.
 * @param admitted requests that enter their slot in this step.
 */
export function buildStepPlan(
  stepId: number,
  lane: Lane,
  scheduled: ScheduledTokens,
  slotMoves: readonly SlotMove[],
  slotTrims: readonly SlotTrim[],
  admitted: ReadonlySet<Request>,
): BuiltStep {
  const rows = scheduledRows(lane, scheduled);
  const slotSamplings = rows
    .filter((row) => admitted.has(row.request))
    .map((row) => slotSampling(row.request, row.slot));
  const sampledRows = rows
    .filter(isSampled)
    .map(({ request, slot }) => ({ request, slot, numPreemptions: request.numPreemptions }));
  return {
    plan: { stepId, slotMoves, slotTrims, slotSamplings, passes: buildPasses(rows, lane.firstSlot) },
    sampledRows,
  };
}
