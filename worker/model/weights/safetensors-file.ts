import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ModelLoadError } from '../../../src/core/index.js';
import { isStoredDtype, type StoredDtype, storedBytes, widenBfloat16, widenFloat16 } from './float-conversion.js';
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
  readonly path: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number, entries: ReadonlyMap<string, TensorEntry>) {
    this.path = path;
    this.entries = entries;
    this.#descriptor = descriptor;
  }

  /** @throws {ModelLoadError} when the file can't be opened or its header is damaged. */
  static open(path: string): SafetensorsFile {
    const descriptor = openForReading(path);
    try {
      const fileBytes = fstatSync(descriptor).size;
      const prefix = new Uint8Array(Math.min(HEADER_PREFIX_BYTES, fileBytes));
      readFully(path, descriptor, prefix, 0);
      const header = new Uint8Array(parseHeaderLength(path, prefix, fileBytes));
      readFully(path, descriptor, header, HEADER_PREFIX_BYTES);
      return new SafetensorsFile(path, descriptor, parseSafetensorsHeader(path, header, fileBytes));
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** As {@link WeightSource.read}, of a tensor in {@link entries}. */
  read(entry: TensorEntry, slice: WeightSlice, destination: Float32Array): void {
    const dtype = this.#requireReadable(entry, slice);
    const rowLength = rowLengthOf(slice);
    const columns = slice.columns ?? { start: 0, end: rowLength };
    const width = rangeLength(columns);
    const wholeRows = width === rowLength;
    const runs = wholeRows ? 1 : rangeLength(slice.rows);
    const runLength = wholeRows ? width * rangeLength(slice.rows) : width;
    for (let run = 0; run < runs; run++) {
      const element = (slice.rows.start + run) * rowLength + columns.start;
      const target = destination.subarray(run * runLength, (run + 1) * runLength);
      this.#readRun(dtype, entry.position + element * storedBytes[dtype], target);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #requireReadable(entry: TensorEntry, { name, shape }: WeightSlice): StoredDtype {
    if (entry.shape.join() !== shape.join()) {
      throw new ModelLoadError(
        `Tensor ${name} in ${this.path} has shape [${entry.shape}], but the model's config.json asks for [${shape}].`,
      );
    }
    if (!isStoredDtype(entry.dtype)) {
      throw new ModelLoadError(
        `Tensor ${name} in ${this.path} is stored as ${entry.dtype}; only ${Object.keys(storedBytes).join(', ')} can be read.`,
      );
    }
    return entry.dtype;
  }

  /** Reads consecutive elements at a position of the file, and widens them to float32. */
  #readRun(dtype: StoredDtype, position: number, target: Float32Array): void {
    if (dtype === 'F32') {
      readFully(this.path, this.#descriptor, bytesOf(target), position);
      return;
    }
    const widen = dtype === 'BF16' ? widenBfloat16 : widenFloat16;
    for (let done = 0; done < target.length; done += scratch.length) {
      const chunk = scratch.subarray(0, Math.min(scratch.length, target.length - done));
      readFully(this.path, this.#descriptor, bytesOf(chunk), position + done * storedBytes[dtype]);
      widen(chunk, target.subarray(done, done + chunk.length));
    }
  }
}

const bytesOf = (array: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new ModelLoadError(`The weights file ${path} can't be opened. Check that the model folder is complete.`, {
      cause: error,
      details: { path },
    });
  }
}

/** Fills `target`: a read may return less than asked for, as beyond 2 GiB. */
function readFully(path: string, descriptor: number, target: Uint8Array, position: number): void {
  let done = 0;
  while (done < target.byteLength) {
    const numBytes = readSync(descriptor, target, done, Math.min(target.byteLength - done, 2 ** 30), position + done);
    if (numBytes === 0) {
      throw new ModelLoadError(
        `${path} ends at offset ${position + done}, in the middle of a tensor. Download it again.`,
        {
          details: { path, offset: position + done },
        },
      );
    }
    done += numBytes;
  }
}
