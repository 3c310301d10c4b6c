import { LLM, SamplingParams } from 'ray-ts/llm';
import { randomTokens } from '../engine/subject-form.js';
import type { Text } from './position-reports.js';

const ANIMALS = ['fox', 'owl', 'hen', 'bear', 'cat', 'mouse', 'goat', 'duck'];
const THINGS = ['lantern', 'map', 'drum', 'kite', 'boat', 'key'];

/** Tokens of an answer at most. */
const MAX_TOKENS = 400;

/**
 * What the storyteller answers in float32 to asks of its kind, drawn at temperature 1 with seeds of their own: about
 * `numTokens` tokens, its own end tokens included. Its text is as likely to it as text can be.
 */
export async function sampleStories(modelFolder: string, numTokens: number): Promise<Text[]> {
  const llm = await LLM.create({ model: modelFolder, distributedExecutorBackend: 'uni', device: 'cpu' });
  try {
    const texts: Text[] = [];
    for (let seed = 0, done = 0; done < numTokens; seed++) {
      const [animal, thing] = [
        ANIMALS[seed % ANIMALS.length],
        THINGS[Math.floor(seed / ANIMALS.length) % THINGS.length],
      ];
      const content = `Tell me a story about a ${animal} and a ${thing}.`;
      const params = new SamplingParams({ temperature: 1, topP: 1, topK: 0, seed, maxTokens: MAX_TOKENS });
      const [output] = await llm.chat([{ role: 'user', content }], params, { useTqdm: false });
      const promptTokenIds = output!.promptTokenIds;
      const answer = output!.outputs[0]!.tokenIds;
      texts.push({ tokenIds: [...promptTokenIds, ...answer], start: promptTokenIds.length });
      done += answer.length;
    }
    return texts;
  } finally {
    await llm.shutdown();
  }
}

/** Texts of random tokens, of which the first is not held against the model, since nothing precedes it. */
export const randomTexts = (count: number, length: number, vocabSize: number): Text[] =>
  Array.from({ length: count }, () => ({ tokenIds: randomTokens(length, vocabSize), start: 1 }));
