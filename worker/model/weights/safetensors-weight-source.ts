import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelLoadError } from '../../../src/core/index.js';
import { SafetensorsFile } from './safetensors-file.js';
import type { TensorEntry } from './safetensors-header.js';
import type { WeightSlice, WeightSource } from './weight-source.js';

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The files that the folder's index names; they must lie in the folder itself. */
function readIndex(folder: string): string[] {
  const path = join(folder, INDEX_FILE);
  try {
    const { weight_map: files } = indexSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const names = [...new Set(Object.values(files))];
    const outside = names.find((name) => /[\\/]/.test(name));
    if (outside !== undefined) throw new ModelLoadError(`${path} names ${outside}, which is not a file of the folder.`);
    return names.map((name) => join(folder, name));
  } catch (error) {
    if (error instanceof ModelLoadError) throw error;
    throw new ModelLoadError(`${path} is not an index of weights: it needs an object weight_map.`, { cause: error });
  }
}

function listFiles(folder: string): string[] {
  if (existsSync(join(folder, INDEX_FILE))) return readIndex(folder);
  if (existsSync(join(folder, SINGLE_FILE))) return [join(folder, SINGLE_FILE)];
  throw new ModelLoadError(
    `The model folder ${folder} has neither ${SINGLE_FILE} nor ${INDEX_FILE}. Only safetensors weights are read.`,
  );
}

/** The safetensors of a Hugging Face model folder: one file, or the shards that its index names. */
export class SafetensorsWeightSource implements WeightSource {
  readonly #files: readonly SafetensorsFile[];
  readonly #located: ReadonlyMap<string, { readonly file: SafetensorsFile; readonly entry: TensorEntry }>;

  private constructor(files: readonly SafetensorsFile[]) {
    this.#files = files;
    this.#located = new Map(
      files.flatMap((file) => [...file.entries].map(([name, entry]) => [name, { file, entry }] as const)),
    );
  }

  /** @throws {ModelLoadError} when a file is missing or damaged. */
  static open(folder: string): SafetensorsWeightSource {
    const files: SafetensorsFile[] = [];
    try {
      for (const path of listFiles(folder)) files.push(SafetensorsFile.open(path));
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
    return new SafetensorsWeightSource(files);
  }

  has(name: string): boolean {
    return this.#located.has(name);
  }

  read(slice: WeightSlice, destination: Float32Array): void {
    const located = this.#located.get(slice.name);
    if (located === undefined) {
      const paths = this.#files.map(({ path }) => path).join(', ');
      throw new ModelLoadError(
        `Tensor ${slice.name} is in none of ${paths}. The checkpoint is incomplete or of another architecture.`,
        { details: { tensor: slice.name } },
      );
    }
    located.file.read(located.entry, slice, destination);
  }

  close(): void {
    for (const file of this.#files) file.close();
  }
}
