import { ModelLoadError } from '../../../src/core/index.js';
import { SafetensorsFile } from './safetensors-file.js';
import type { TensorEntry } from './safetensors-header.js';
import { findWeightFiles, type WeightFiles } from './weight-files.js';
import type { WeightSlice, WeightSource } from './weight-source.js';

interface LocatedTensor {
  readonly file: SafetensorsFile;
  readonly entry: TensorEntry;
}

/** Of a tensor that two files have, the one in the index's file. */
function locateTensors(files: readonly SafetensorsFile[], { index }: WeightFiles): Map<string, LocatedTensor> {
  const located = new Map<string, LocatedTensor>();
  for (const file of files) {
    for (const [name, entry] of file.entries) {
      const isElsewhere = index !== undefined && (index.pathOf.get(name) ?? file.path) !== file.path;
      if (!isElsewhere) located.set(name, { file, entry });
    }
  }
  for (const [name, path] of index?.pathOf ?? []) {
    if (located.has(name)) continue;
    throw new ModelLoadError(`${index!.path} says that tensor ${name} is in ${path}, which has no such tensor.`, {
      details: { path, tensor: name },
    });
  }
  return located;
}

/** The safetensors of a Hugging Face model folder: one file, or the shards that its index names. */
export class SafetensorsWeightSource implements WeightSource {
  readonly #files: readonly SafetensorsFile[];
  readonly #located: ReadonlyMap<string, LocatedTensor>;

  private constructor(files: readonly SafetensorsFile[], located: ReadonlyMap<string, LocatedTensor>) {
    this.#files = files;
    this.#located = located;
  }

  /** @throws {ModelLoadError} when a file is missing or damaged, or lacks a tensor that the index says it has. */
  static open(folder: string): SafetensorsWeightSource {
    const found = findWeightFiles(folder);
    const files: SafetensorsFile[] = [];
    try {
      for (const path of found.paths) files.push(SafetensorsFile.open(path));
      return new SafetensorsWeightSource(files, locateTensors(files, found));
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.#located.has(name);
  }

  read(slice: WeightSlice, destination: Float32Array): void {
    const { file, entry } = this.#locate(slice.name);
    file.read(entry, slice, destination);
  }

  readIntegers(slice: WeightSlice, destination: Int32Array): void {
    const { file, entry } = this.#locate(slice.name);
    file.readIntegers(entry, slice, destination);
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  #locate(name: string): LocatedTensor {
    const located = this.#located.get(name);
    if (located !== undefined) return located;
    const paths = this.#files.map(({ path }) => path).join(', ');
    throw new ModelLoadError(
      `Tensor ${name} is in none of ${paths}. The checkpoint is incomplete or of another architecture.`,
      { details: { tensor: name } },
    );
  }
}
