import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelLoadError, toError } from '../../../src/core/index.js';

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Where a model folder's weights are. */
export interface WeightFiles {
  readonly paths: readonly string[];
  /** The file of every tensor that an index names, by path; undefined without an index. */
  readonly index?: { readonly path: string; readonly pathOf: ReadonlyMap<string, string> };
}

function parseIndex(path: string): Record<string, string> {
  try {
    return indexSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).weight_map;
  } catch (error) {
    throw new ModelLoadError(
      `${path} is not an index of weights: it needs an object weight_map from tensors to files.`,
      {
        cause: error,
        details: { path },
      },
    );
  }
}

/** The files that the folder's index names; they must lie in the folder itself. */
function readIndex(folder: string, present: readonly string[]): WeightFiles {
  const path = join(folder, INDEX_FILE);
  const weightMap = parseIndex(path);
  const files = [...new Set(Object.values(weightMap))];
  const outside = files.find((file) => /[\\/]/.test(file));
  if (outside !== undefined) throw new ModelLoadError(`${path} names ${outside}, which is not a file of the folder.`);
  const missing = files.filter((file) => !present.includes(file));
  if (missing.length > 0) {
    throw new ModelLoadError(
      `${path} names files that the folder lacks: ${missing.join(', ')}. Was the download complete?`,
      { details: { path } },
    );
  }
  const pathOf = new Map(Object.entries(weightMap).map(([name, file]) => [name, join(folder, file)]));
  return { paths: files.map((file) => join(folder, file)), index: { path, pathOf } };
}

/**
 * The weight files of a Hugging Face model folder: those that its index names, or the one that holds everything.
 * @throws {ModelLoadError} when there are none, or the index names others than the folder has.
 */
export function findWeightFiles(folder: string): WeightFiles {
  const present = listFolder(folder);
  if (present.includes(INDEX_FILE)) return readIndex(folder, present);
  if (present.includes(SINGLE_FILE)) return { paths: [join(folder, SINGLE_FILE)] };
  throw new ModelLoadError(
    `The model folder ${folder} has neither ${SINGLE_FILE} nor ${INDEX_FILE}. Only safetensors weights are read.`,
  );
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new ModelLoadError(`The model folder ${folder} can't be read: ${toError(error).message}.`, { cause: error });
  }
}
