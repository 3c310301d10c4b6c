/**
 * Outputs that are one of some choices, match a regular expression, or are JSON of a schema: whatever the model is.
 *
 *     npx tsx examples/structured-outputs.ts [MODEL]
 */
import * as ray from 'ray-ts';
import { LLM, SamplingParams } from 'ray-ts/llm';

const model = process.argv[2] ?? 'models/storyteller';

const animalSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 20 },
    kind: { enum: ['fox', 'otter', 'owl'] },
    age: { type: 'integer', minimum: 1, maximum: 30 },
  },
  required: ['name', 'kind', 'age'],
};

const requests = {
  choice: {
    prompt: 'Is a fox an animal?',
    structuredOutputs: { choice: ['yes', 'no'] },
  },
  regex: {
    prompt: 'Give the e-mail address of Otto the otter.',
    structuredOutputs: { regex: '[a-z]{3,12}@[a-z]{3,12}\\.com' },
  },
  json: {
    prompt: 'Describe an animal.',
    structuredOutputs: { json: animalSchema, disableAnyWhitespace: true },
  },
};

ray.main(async () => {
  await using llm = await LLM.create({ model });
  const prompts = Object.values(requests).map(({ prompt }) => ({ messages: [{ role: 'user', content: prompt }] }));
  // Every request of a batch has parameters of its own.
  const params = Object.values(requests).map(
    ({ structuredOutputs }) => new SamplingParams({ temperature: 0, maxTokens: 80, structuredOutputs }),
  );
  const outputs = await llm.generate(prompts, params);
  for (const [index, kind] of Object.keys(requests).entries()) {
    console.log(`${kind}: ${outputs[index]!.outputs[0]!.text}`);
  }
});
