import { InternalError } from '../core/index.js';
import type { Pass, SampledToken, SlotMove, SlotSampling, SlotTrim, StepOutput, StepPlan } from './step-plan.js';
import { WordReader, type WordWriter } from './word-buffer.js';

/**
 * The bytes of plans and outputs: little-endian 32-bit words, as the hosts of a cluster all store them.
 *
 *     plan    magic, stepId, numSamplings, numMoves, numPasses, numTrims
 *             samplings: temperature f64, topP f64, slot, topK, seed, numLogprobs
 *             moves: from, to, numTokens
 *             trims: slot, numTokens
 *             passes: firstSlot, numRows, tokensPerRow, tokenIds[], numComputedTokens[], sampledRows (bytes, padded)
 *     output  magic, stepId, numTokens, 0
 *             tokens: slot, tokenId, logprob f32, rank, numTop, topTokenIds[], topLogprobs[] f32
 */
const PLAN_MAGIC = 0x52_54_50_01;
const OUTPUT_MAGIC = 0x52_54_4f_01;

function checkMagic(reader: WordReader, magic: number, kind: string): void {
  const found = reader.int();
  if (found === magic) return;
  throw new InternalError(
    `A ${kind} starts with ${(found >>> 0).toString(16)}, expected ${magic.toString(16)}. Do all hosts run the same version of ray-ts?`,
  );
}

function writeSampling(writer: WordWriter, sampling: SlotSampling): void {
  writer.double(sampling.temperature);
  writer.double(sampling.topP);
  writer.int(sampling.slot);
  writer.int(sampling.topK);
  writer.int(sampling.seed);
  writer.int(sampling.numLogprobs);
}

function readSampling(reader: WordReader): SlotSampling {
  const temperature = reader.double();
  const topP = reader.double();
  const slot = reader.int();
  const topK = reader.int();
  const seed = reader.int() >>> 0;
  return { slot, temperature, topK, topP, seed, numLogprobs: reader.int() };
}

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

function writePass(writer: WordWriter, pass: Pass): void {
  writer.int(pass.firstSlot);
  writer.int(pass.numRows);
  writer.int(pass.tokensPerRow);
  writer.ints(pass.tokenIds);
  writer.ints(pass.numComputedTokens);
  writer.bytes(pass.sampledRows);
}

function readPass(reader: WordReader): Pass {
  const firstSlot = reader.int();
  const numRows = reader.int();
  const tokensPerRow = reader.int();
  const tokenIds = reader.ints(numRows * tokensPerRow);
  const numComputedTokens = reader.ints(numRows);
  return { firstSlot, numRows, tokensPerRow, tokenIds, numComputedTokens, sampledRows: reader.bytes(numRows) };
}

/** Reads `count` records in order. */
function readMany<Item>(count: number, read: () => Item): Item[] {
  return Array.from({ length: count }, read);
}

/** @returns a view into the writer's memory, valid until its next use. */
export function encodeStepPlan(plan: StepPlan, writer: WordWriter): Uint8Array {
  const { slotSamplings, slotMoves, slotTrims, passes } = plan;
  writer.start();
  const counts = [slotSamplings.length, slotMoves.length, passes.length, slotTrims.length];
  for (const word of [PLAN_MAGIC, plan.stepId, ...counts]) writer.int(word);
  for (const sampling of slotSamplings) writeSampling(writer, sampling);
  for (const move of slotMoves) writeMove(writer, move);
  for (const trim of slotTrims) writeTrim(writer, trim);
  for (const pass of passes) writePass(writer, pass);
  return writer.finish();
}

/**
 * @returns a plan whose arrays are views of `bytes`, valid as long as these are; a copy when they are not aligned to 8.
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
  return {
    stepId,
    slotSamplings: readMany(numSamplings, () => readSampling(reader)),
    slotMoves: readMany(numMoves, () => readMove(reader)),
    slotTrims: readMany(numTrims, () => readTrim(reader)),
    passes: readMany(numPasses, () => readPass(reader)),
  };
}

function writeSampledToken(writer: WordWriter, token: SampledToken): void {
  writer.int(token.slot);
  writer.int(token.tokenId);
  writer.float(token.logprob);
  writer.int(token.rank);
  writer.int(token.topTokenIds.length);
  writer.ints(token.topTokenIds);
  writer.floats(token.topLogprobs);
}

function readSampledToken(reader: WordReader): SampledToken {
  const slot = reader.int();
  const tokenId = reader.int();
  const logprob = reader.float();
  const rank = reader.int();
  const numTop = reader.int();
  return { slot, tokenId, logprob, rank, topTokenIds: reader.ints(numTop), topLogprobs: reader.floats(numTop) };
}

/** @returns a view into the writer's memory, valid until its next use. Log-probabilities are rounded to float32. */
export function encodeStepOutput(output: StepOutput, writer: WordWriter): Uint8Array {
  writer.start();
  for (const word of [OUTPUT_MAGIC, output.stepId, output.sampledTokens.length, 0]) writer.int(word);
  for (const token of output.sampledTokens) writeSampledToken(writer, token);
  return writer.finish();
}

/**
 * @returns an output whose arrays are views of `bytes`, valid as long as these are.
 * @throws {InternalError} when the bytes are no output of this version.
 */
export function decodeStepOutput(bytes: Uint8Array): StepOutput {
  const reader = new WordReader(bytes);
  checkMagic(reader, OUTPUT_MAGIC, 'step output');
  const stepId = reader.int();
  const numTokens = reader.int();
  reader.int();
  return { stepId, sampledTokens: readMany(numTokens, () => readSampledToken(reader)) };
}
