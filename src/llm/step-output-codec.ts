import { checkMagic } from './frame-magic.js';
import type { PromptLogprobs, SampledToken, StepOutput } from './step-plan.js';
import { WordReader, type WordWriter } from './word-buffer.js';

/**
 * The bytes of outputs: little-endian 32-bit words, as the hosts of a cluster all store them.
 *
 *     output  magic, stepId, numTokens, numPrompts
 *             tokens: slot, tokenId, logprob f32, rank, numTop, topTokenIds[], topLogprobs[] f32
 *             prompts: slot, numPositions, numTop, logprobs[] f32, ranks[], topTokenIds[], topLogprobs[] f32
 */
const OUTPUT_MAGIC = 0x52_54_4f_02;

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

function writePromptLogprobs(writer: WordWriter, prompt: PromptLogprobs): void {
  const numPositions = prompt.logprobs.length;
  writer.int(prompt.slot);
  writer.int(numPositions);
  writer.int(prompt.topTokenIds.length / numPositions);
  writer.floats(prompt.logprobs);
  writer.ints(prompt.ranks);
  writer.ints(prompt.topTokenIds);
  writer.floats(prompt.topLogprobs);
}

function readPromptLogprobs(reader: WordReader): PromptLogprobs {
  const slot = reader.int();
  const numPositions = reader.int();
  const numTop = numPositions * reader.int();
  return {
    slot,
    logprobs: reader.floats(numPositions),
    ranks: reader.ints(numPositions),
    topTokenIds: reader.ints(numTop),
    topLogprobs: reader.floats(numTop),
  };
}

/** @returns a view into the writer's memory, valid until its next use. Log-probabilities are rounded to float32. */
export function encodeStepOutput(output: StepOutput, writer: WordWriter): Uint8Array {
  const { stepId, sampledTokens, promptLogprobs = [] } = output;
  writer.start();
  for (const word of [OUTPUT_MAGIC, stepId, sampledTokens.length, promptLogprobs.length]) writer.int(word);
  for (const token of sampledTokens) writeSampledToken(writer, token);
  for (const prompt of promptLogprobs) writePromptLogprobs(writer, prompt);
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
  const numPrompts = reader.int();
  const sampledTokens = reader.many(numTokens, () => readSampledToken(reader));
  if (numPrompts === 0) return { stepId, sampledTokens };
  return { stepId, sampledTokens, promptLogprobs: reader.many(numPrompts, () => readPromptLogprobs(reader)) };
}
