import { ModelLoadError } from '../../../src/core/index.js';
import { describeMismatch } from './describe-mismatch.js';
import {
  areFinite,
  isStoredDtype,
  type StoredDtype,
  storedBytes,
  widenBfloat16,
  widenFloat16,
} from './float-conversion.js';
import { PositionedFile } from './positioned-file.js';
import {
  HEADER_PREFIX_BYTES,
  parseHeaderLength,
  parseSafetensorsHeader,
  type TensorEntry,
} from './safetensors-header.js';
import { rangeLength } from './tensor-parallel-slice.js';
import { rowLengthOf, type WeightSlice } from './weight-source.js';

/** Converted at a time: large enough that calls cost nothing, small enough to stay in the processor's cache. */
const CHUNK_BYTES = 1 << 20;

const scratch = new Uint16Array(CHUNK_BYTES / 2);

/** One open *.safetensors file. Reads the byte ranges that are asked for and nothing else. */
export class SafetensorsFile {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly #file: PositionedFile;

  private constructor(file: PositionedFile, entries: ReadonlyMap<string, TensorEntry>) {
    this.#file = file;
    this.entries = entries;
  }

  /** @throws {ModelLoadError} when the file can't be opened or its header is damaged. */
  static open(path: string): SafetensorsFile {
    const file = PositionedFile.open(path);
    try {
      return new SafetensorsFile(file, readHeader(file));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get path(): string {
    return this.#file.path;
  }

  /** As {@link WeightSource.read}, of a tensor in {@link entries}. */
  read(entry: TensorEntry, slice: WeightSlice, destination: Float32Array): void {
    const dtype = this.#requireReadable(entry, slice);
    forEachRun(slice, ({ element, start, end }) => {
      const target = destination.subarray(start, end);
      const allFinite = this.#readRun(dtype, entry.position + element * storedBytes[dtype], target);
      if (!allFinite) throw this.#notFinite(slice, element, target);
    });
  }

  /** As {@link WeightSource.readIntegers}, of a tensor in {@link entries}. */
  readIntegers(entry: TensorEntry, slice: WeightSlice, destination: Int32Array): void {
    this.#checkShape(entry, slice);
    if (entry.dtype !== 'I32') {
      throw new ModelLoadError(
        `Tensor ${slice.name} in ${this.path} is stored as ${entry.dtype}; a quantized checkpoint must have it as I32.`,
      );
    }
    forEachRun(slice, ({ element, start, end }) => {
      this.#file.read(
        bytesOf(destination.subarray(start, end)),
        entry.position + element * destination.BYTES_PER_ELEMENT,
      );
    });
  }

  close(): void {
    this.#file.close();
  }

  #checkShape({ shape: stored }: TensorEntry, slice: WeightSlice): void {
    if (stored.join() === slice.shape.join()) return;
    throw new ModelLoadError(
      `Tensor ${slice.name} in ${this.path} has shape [${stored}], but the model's config.json asks for ${describeMismatch(slice, stored)}.`,
    );
  }

  #requireReadable(entry: TensorEntry, slice: WeightSlice): StoredDtype {
    this.#checkShape(entry, slice);
    if (!isStoredDtype(entry.dtype)) {
      throw new ModelLoadError(
        `Tensor ${slice.name} in ${this.path} is stored as ${entry.dtype}; only ${Object.keys(storedBytes).join(', ')} can be read.`,
      );
    }
    return entry.dtype;
  }

  /** Reads consecutive elements at a position of the file, and widens them to float32. Returns whether all are finite. */
  #readRun(dtype: StoredDtype, position: number, target: Float32Array): boolean {
    if (dtype === 'F32') {
      this.#file.read(bytesOf(target), position);
      return areFinite(target);
    }
    const widen = dtype === 'BF16' ? widenBfloat16 : widenFloat16;
    let allFinite = true;
    for (let done = 0; done < target.length; done += scratch.length) {
      const chunk = scratch.subarray(0, Math.min(scratch.length, target.length - done));
      this.#file.read(bytesOf(chunk), position + done * storedBytes[dtype]);
      allFinite = widen(chunk, target.subarray(done, done + chunk.length)) && allFinite;
    }
    return allFinite;
  }

  /** `values` are consecutive, the first of them the tensor's element `firstElement`. */
  #notFinite({ name, shape }: WeightSlice, firstElement: number, values: Float32Array): ModelLoadError {
    const index = values.findIndex((value) => !Number.isFinite(value));
    return new ModelLoadError(
      `Tensor ${name} in ${this.path} holds ${values[index]} at [${indicesOf(firstElement + index, shape).join(', ')}]. ` +
        'Weights must be finite: download the file again, or ask who made it.',
      { details: { path: this.path, tensor: name } },
    );
  }
}

/** Elements of a slice that follow each other in the file, from `element` of the tensor on. */
interface Run {
  readonly element: number;
  /** Where they go in the slice's values, [start, end). */
  readonly start: number;
  readonly end: number;
}

function forEachRun(slice: WeightSlice, visit: (run: Run) => void): void {
  const rowLength = rowLengthOf(slice);
  const columns = slice.columns ?? { start: 0, end: rowLength };
  const width = rangeLength(columns);
  const wholeRows = width === rowLength;
  const runs = wholeRows ? 1 : rangeLength(slice.rows);
  const runLength = wholeRows ? width * rangeLength(slice.rows) : width;
  for (let run = 0; run < runs; run++) {
    const element = (slice.rows.start + run) * rowLength + columns.start;
    visit({ element, start: run * runLength, end: (run + 1) * runLength });
  }
}

function readHeader(file: PositionedFile): Map<string, TensorEntry> {
  const { path, byteLength } = file;
  const prefix = new Uint8Array(Math.min(HEADER_PREFIX_BYTES, byteLength));
  file.read(prefix, 0);
  const header = new Uint8Array(parseHeaderLength(path, prefix, byteLength));
  file.read(header, HEADER_PREFIX_BYTES);
  return parseSafetensorsHeader(path, header, byteLength);
}

/** Where an element lies in each dim of its tensor. */
function indicesOf(element: number, shape: readonly number[]): number[] {
  let rest = element;
  return shape
    .toReversed()
    .map((dim) => {
      const index = rest % dim;
      rest = Math.floor(rest / dim);
      return index;
    })
    .toReversed();
}

const bytesOf = (array: Float32Array | Int32Array | Uint16Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
