import { join } from 'node:path';
import { z } from 'zod';
import { parseModelJson, readModelJson } from './config/read-model-json.js';
import type { SamplingParamsInit } from './sampling-params.js';

const GENERATION_CONFIG_FILE = 'generation_config.json';

/** What of a generation_config.json vLLM takes for defaults. */
const schema = z.object({
  temperature: z.number().min(0).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).nullish(),
  max_new_tokens: z.int().min(1).nullish(),
});

const withoutNulls = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as Fields;

/**
 * What the model's authors recommend for sampling, from generation_config.json; empty when it says nothing.
 * @throws {ModelLoadError} for a file that can't be read or holds values out of range.
 */
export async function readDefaultSamplingParams(modelPath: string): Promise<SamplingParamsInit> {
  const json = (await readModelJson(modelPath, GENERATION_CONFIG_FILE)) ?? {};
  const config = parseModelJson(schema, join(modelPath, GENERATION_CONFIG_FILE), json);
  return withoutNulls({
    temperature: config.temperature,
    topP: config.top_p,
    topK: config.top_k,
    minP: config.min_p,
    repetitionPenalty: config.repetition_penalty,
    maxTokens: config.max_new_tokens,
  }) as SamplingParamsInit;
}
