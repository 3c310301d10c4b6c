import type { LogitConstraints, SlotSampling } from './step-plan.js';
import type { WordReader, WordWriter } from './word-buffer.js';

/**
 * The bytes of a slot's sampling, from an even word to an even word; see step-plan-codec.ts for the words.
 *
 *     sampling     temperature f64, topP f64, minP f64, slot, topK, seed, numLogprobs, hasConstraints, 0; constraints
 *     constraints  repetitionPenalty f64, frequencyPenalty f64, presencePenalty f64, minLength, then each with its length:
 *                  allowedTokenIds, biasedTokenIds (and behind them the biases f32), endTokenIds, promptTokenIds,
 *                  outputTokenIds; the number of badWords, each with its length
 */
export function writeSlotSampling(writer: WordWriter, sampling: SlotSampling): void {
  writer.double(sampling.temperature);
  writer.double(sampling.topP);
  writer.double(sampling.minP);
  writer.int(sampling.slot);
  writer.int(sampling.topK);
  writer.int(sampling.seed);
  writer.int(sampling.numLogprobs);
  writer.int(sampling.constraints === undefined ? 0 : 1);
  writer.int(0);
  if (sampling.constraints !== undefined) writeConstraints(writer, sampling.constraints);
}

export function readSlotSampling(reader: WordReader): SlotSampling {
  const temperature = reader.double();
  const topP = reader.double();
  const minP = reader.double();
  const slot = reader.int();
  const topK = reader.int();
  const seed = reader.int() >>> 0;
  const numLogprobs = reader.int();
  const hasConstraints = reader.int() === 1;
  reader.int();
  const sampling = { slot, temperature, topK, topP, minP, seed, numLogprobs };
  return hasConstraints ? { ...sampling, constraints: readConstraints(reader) } : sampling;
}

function writeList(writer: WordWriter, values: Int32Array): void {
  writer.int(values.length);
  writer.ints(values);
}

/** A copy: the rank keeps constraints for as long as the sequence is in its slot. */
const readList = (reader: WordReader): Int32Array => reader.ints(reader.int()).slice();

function writeConstraints(writer: WordWriter, constraints: LogitConstraints): void {
  writer.double(constraints.repetitionPenalty);
  writer.double(constraints.frequencyPenalty);
  writer.double(constraints.presencePenalty);
  writer.int(constraints.minLength);
  writeList(writer, constraints.allowedTokenIds);
  writeList(writer, constraints.biasedTokenIds);
  writer.floats(constraints.biases);
  writeList(writer, constraints.endTokenIds);
  writeList(writer, constraints.promptTokenIds);
  writeList(writer, constraints.outputTokenIds);
  writer.int(constraints.badWords.length);
  for (const word of constraints.badWords) writeList(writer, word);
  writer.alignToDoubles();
}

function readConstraints(reader: WordReader): LogitConstraints {
  const repetitionPenalty = reader.double();
  const frequencyPenalty = reader.double();
  const presencePenalty = reader.double();
  const minLength = reader.int();
  const allowedTokenIds = readList(reader);
  const biasedTokenIds = readList(reader);
  const biases = reader.floats(biasedTokenIds.length).slice();
  const endTokenIds = readList(reader);
  const promptTokenIds = readList(reader);
  const outputTokenIds = readList(reader);
  const badWords = Array.from({ length: reader.int() }, () => readList(reader));
  reader.alignToDoubles();
  return {
    repetitionPenalty,
    frequencyPenalty,
    presencePenalty,
    allowedTokenIds,
    badWords,
    biasedTokenIds,
    biases,
    endTokenIds,
    minLength,
    promptTokenIds,
    outputTokenIds,
  };
}
