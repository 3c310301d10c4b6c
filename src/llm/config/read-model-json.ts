import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { ModelLoadError } from '../../core/index.js';

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * Reads a file of a model folder as text; undefined when the folder has none of that name.
 * @throws {ModelLoadError} when it is there and can't be read.
 */
export async function readModelText(modelPath: string, fileName: string): Promise<string | undefined> {
  const path = join(modelPath, fileName);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new ModelLoadError(`${path} can't be read.`, { cause: error });
  }
}

/**
 * Reads a JSON file of a model folder; undefined when the folder has none of that name.
 * @throws {ModelLoadError} when it can't be read or is not JSON.
 */
export async function readModelJson(modelPath: string, fileName: string): Promise<unknown> {
  const text = await readModelText(modelPath, fileName);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const path = join(modelPath, fileName);
    throw new ModelLoadError(`${path} is not valid JSON. Was the download complete?`, { cause: error });
  }
}

/** @throws {ModelLoadError} naming the file, the first field at fault and what it needs. */
export function parseModelJson<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  json: unknown,
): z.output<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue!.path.join('.') || 'the document';
  throw new ModelLoadError(`${path}: ${field} is missing or unsuitable: ${issue!.message}.`);
}
