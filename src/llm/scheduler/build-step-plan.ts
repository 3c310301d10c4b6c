import type { GrammarBitmask, Pass, SlotMove, SlotSampling, SlotTrim, StepPlan } from '../step-plan.js';
import type { Lane, RowInFlight, StepInFlight } from './lane.js';
import { logitConstraints } from './logit-constraints.js';
import { promptLogprobsSpec } from './prompt-logprobs.js';
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

/** A prompt's chunk, or the only uncomputed token of a row that the decoding ones are not next to. */
function buildSinglePass(row: ScheduledRow): Pass {
  const pass = buildPass([row], row.numTokens);
  const promptLogprobs = promptLogprobsSpec(row.request, row.numTokens);
  return promptLogprobs === undefined ? pass : { ...pass, promptLogprobs };
}

/** The decoding rows at the front of the lane make one pass, every other row one of its own. */
function buildPasses(rows: readonly ScheduledRow[], firstSlot: number): Pass[] {
  const firstOther = rows.findIndex((row, index) => !isDecoding(row.request) || row.slot !== firstSlot + index);
  const numDecoding = firstOther === -1 ? rows.length : firstOther;
  const prefills = rows.slice(numDecoding).map(buildSinglePass);
  return numDecoding === 0 ? prefills : [buildPass(rows.slice(0, numDecoding), 1), ...prefills];
}

function slotSampling(request: Request, slot: number, eosTokenIds: readonly number[]): SlotSampling {
  const { temperature, topK, topP, minP, numLogprobs } = request.sampling;
  const sampling = { slot, temperature, topK, topP, minP, seed: request.samplingSeed, numLogprobs };
  const constraints = logitConstraints(request, eosTokenIds);
  return constraints === undefined ? sampling : { ...sampling, constraints };
}

const grammarBitmasks = (sampledRows: readonly ScheduledRow[]): GrammarBitmask[] =>
  sampledRows.flatMap(({ slot, request: { grammar } }) =>
    grammar === undefined ? [] : [{ slot, bitmask: grammar.nextTokenBitmask() }],
  );

const inFlight = ({ request, slot }: ScheduledRow): RowInFlight => ({
  request,
  slot,
  numPreemptions: request.numPreemptions,
});

export interface BuiltStep {
  readonly plan: StepPlan;
  readonly inFlight: StepInFlight;
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
  eosTokenIds: readonly number[],
): BuiltStep {
  const rows = scheduledRows(lane, scheduled);
  const slotSamplings = rows
    .filter((row) => admitted.has(row.request))
    .map((row) => slotSampling(row.request, row.slot, eosTokenIds));
  const passes = buildPasses(rows, lane.firstSlot);
  const sampledRows = rows.filter(isSampled);
  const reportedSlots = passes.filter((pass) => pass.promptLogprobs !== undefined).map((pass) => pass.firstSlot);
  return {
    plan: { stepId, slotMoves, slotTrims, slotSamplings, grammarBitmasks: grammarBitmasks(sampledRows), passes },
    inFlight: {
      stepId,
      sampledRows: sampledRows.map(inFlight),
      reportedRows: rows.filter((row) => reportedSlots.includes(row.slot)).map(inFlight),
    },
  };
}
