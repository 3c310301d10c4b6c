import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InvalidArgumentError, toError } from '../core/index.js';
import type { PromptInput } from '../llm/index.js';

const cacheSalt = { cache_salt: z.string().min(1).optional() };

const lineSchema = z.union([
  z.strictObject({ prompt: z.string(), ...cacheSalt }),
  z.strictObject({ prompt_token_ids: z.array(z.int().min(0)), ...cacheSalt }),
  z.strictObject({
    messages: z.array(z.looseObject({ role: z.string(), content: z.string() })).min(1),
    ...cacheSalt,
  }),
]);

/** @throws {InvalidArgumentError} naming the file. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`The file ${path} can't be read: ${toError(error).message}.`, { cause: error });
  }
}

/**
 * Reads a file with a prompt per line; empty lines are skipped.
 * @throws {InvalidArgumentError} naming the file and the line.
 */
export async function readPrompts(path: string): Promise<PromptInput[]> {
  const text = await readTextFile(path);
  const prompts = text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, path, index + 1)]));
  if (prompts.length === 0) throw new InvalidArgumentError(`The prompts file ${path} has no prompts.`);
  return prompts;
}

function parseLine(line: string, path: string, lineNumber: number): PromptInput {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InvalidArgumentError(`${path}, line ${lineNumber}: not JSON: ${toError(error).message}.`, {
      cause: error,
    });
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) {
    throw new InvalidArgumentError(
      `${path}, line ${lineNumber}: a prompt must be {"prompt": "…"}, {"prompt_token_ids": [1, 2, …]} or ` +
        '{"messages": [{"role": "user", "content": "…"}]}, each with a "cache_salt" where wanted.',
    );
  }
  const { cache_salt: salt, ...prompt } = parsed.data;
  const options = salt === undefined ? {} : { cacheSalt: salt };
  return 'prompt_token_ids' in prompt
    ? { promptTokenIds: prompt.prompt_token_ids, ...options }
    : { ...prompt, ...options };
}
