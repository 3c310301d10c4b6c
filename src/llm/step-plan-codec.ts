import { checkMagic } from './frame-magic.js';
import { readSlotSampling, writeSlotSampling } from './slot-sampling-codec.js';
import type { GrammarBitmask, Pass, PromptLogprobsSpec, SlotMove, SlotTrim, StepPlan } from './step-plan.js';
import { WordReader, type WordWriter } from './word-buffer.js';

/**
 * The bytes of plans: little-endian 32-bit words, as the hosts of a cluster all store them.
 *
 *     plan    magic, stepId, numSamplings, numMoves, numPasses, numTrims, numBitmasks, 0
 *             samplings: see slot-sampling-codec.ts
 *             moves: from, to, numTokens
 *             trims: slot, numTokens
 *             bitmasks: slot, numWords, words[]
 *             passes: firstSlot, numRows, tokensPerRow, numTargets, tokenIds[], numComputedTokens[], sampledRows (bytes,
 *                     padded); with targets also firstToken, numLogprobs, targetTokenIds[]
 */
const PLAN_MAGIC = 0x52_54_50_02;

function writeMove(writer: WordWriter, move: SlotMove): void {
  writer.int(move.from);
  writer.int(move.to);
  writer.int(move.numTokens);
}

function readMove(reader: WordReader): SlotMove {
  return { from: reader.int(), to: reader.int(), numTokens: reader.int() };
}

function writeTrim(writer: WordWriter, trim: SlotTrim): void {
  writer.int(trim.slot);
  writer.int(trim.numTokens);
}

function readTrim(reader: WordReader): SlotTrim {
  return { slot: reader.int(), numTokens: reader.int() };
}

function writeBitmask(writer: WordWriter, { slot, bitmask }: GrammarBitmask): void {
  writer.int(slot);
  writer.int(bitmask.length);
  writer.ints(bitmask);
}

function readBitmask(reader: WordReader): GrammarBitmask {
  const slot = reader.int();
  return { slot, bitmask: reader.ints(reader.int()) };
}

function writePass(writer: WordWriter, pass: Pass): void {
  const { promptLogprobs } = pass;
  writer.int(pass.firstSlot);
  writer.int(pass.numRows);
  writer.int(pass.tokensPerRow);
  writer.int(promptLogprobs?.targetTokenIds.length ?? 0);
  writer.ints(pass.tokenIds);
  writer.ints(pass.numComputedTokens);
  writer.bytes(pass.sampledRows);
  if (promptLogprobs !== undefined) writePromptLogprobsSpec(writer, promptLogprobs);
}

function writePromptLogprobsSpec(writer: WordWriter, spec: PromptLogprobsSpec): void {
  writer.int(spec.firstToken);
  writer.int(spec.numLogprobs);
  writer.ints(spec.targetTokenIds);
}

function readPromptLogprobsSpec(reader: WordReader, numTargets: number): PromptLogprobsSpec {
  const firstToken = reader.int();
  const numLogprobs = reader.int();
  return { firstToken, numLogprobs, targetTokenIds: reader.ints(numTargets) };
}

function readPass(reader: WordReader): Pass {
  const firstSlot = reader.int();
  const numRows = reader.int();
  const tokensPerRow = reader.int();
  const numTargets = reader.int();
  const tokenIds = reader.ints(numRows * tokensPerRow);
  const numComputedTokens = reader.ints(numRows);
  const sampledRows = reader.bytes(numRows);
  const pass = { firstSlot, numRows, tokensPerRow, tokenIds, numComputedTokens, sampledRows };
  return numTargets === 0 ? pass : { ...pass, promptLogprobs: readPromptLogprobsSpec(reader, numTargets) };
}

/** @returns a view into the writer's memory, valid until its next use. */
export function encodeStepPlan(plan: StepPlan, writer: WordWriter): Uint8Array {
  const { slotSamplings, slotMoves, slotTrims, passes, grammarBitmasks = [] } = plan;
  writer.start();
  const counts = [slotSamplings.length, slotMoves.length, passes.length, slotTrims.length, grammarBitmasks.length, 0];
  for (const word of [PLAN_MAGIC, plan.stepId, ...counts]) writer.int(word);
  for (const sampling of slotSamplings) writeSlotSampling(writer, sampling);
  for (const move of slotMoves) writeMove(writer, move);
  for (const trim of slotTrims) writeTrim(writer, trim);
  for (const bitmask of grammarBitmasks) writeBitmask(writer, bitmask);
  for (const pass of passes) writePass(writer, pass);
  return writer.finish();
}

/**
 * @returns a plan whose arrays, but for those of samplings, are views of `bytes`, valid as long as these are; of a copy when
 * they are not aligned to 8.
 * @throws {InternalError} when the bytes are no plan of this version.
 */
export function decodeStepPlan(bytes: Uint8Array): StepPlan {
  const reader = new WordReader(bytes);
  checkMagic(reader, PLAN_MAGIC, 'step plan');
  const stepId = reader.int();
  const numSamplings = reader.int();
  const numMoves = reader.int();
  const numPasses = reader.int();
  const numTrims = reader.int();
  const numBitmasks = reader.int();
  reader.int();
  const slotSamplings = reader.many(numSamplings, () => readSlotSampling(reader));
  const slotMoves = reader.many(numMoves, () => readMove(reader));
  const slotTrims = reader.many(numTrims, () => readTrim(reader));
  const grammarBitmasks = reader.many(numBitmasks, () => readBitmask(reader));
  const plan = { stepId, slotSamplings, slotMoves, slotTrims, passes: reader.many(numPasses, () => readPass(reader)) };
  return numBitmasks === 0 ? plan : { ...plan, grammarBitmasks };
}
