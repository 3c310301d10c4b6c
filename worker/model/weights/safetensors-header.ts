import { z } from 'zod';
import { ModelLoadError } from '../../../src/core/index.js';
import { isStoredDtype, storedBytes } from './float-conversion.js';

/** Where one tensor lies in its file. */
export interface TensorEntry {
  /** As the file names it; not every dtype of the format can be read. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Position of its first byte in the file. Rows follow each other without gaps, little-endian. */
  readonly position: number;
}

/** The first 8 bytes of a file: little-endian length of the JSON that follows. */
export const HEADER_PREFIX_BYTES = 8;

/** The limit that the format sets, so that a damaged length is not taken for a header. */
const MAX_HEADER_BYTES = 100_000_000;

const size = z.number().int().nonnegative();
const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const headerSchema = z.record(z.string(), z.unknown());

interface Extent {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

const damaged = (path: string, why: string, cause?: unknown): ModelLoadError =>
  new ModelLoadError(`${path} is not a sound safetensors file: ${why}. Download it again.`, {
    ...(cause === undefined ? {} : { cause }),
    details: { path },
  });

/**
 * Length of the JSON header, checked against the file's.
 * @throws {ModelLoadError} when the file can't hold it.
 */
export function parseHeaderLength(path: string, prefix: Uint8Array, fileBytes: number): number {
  if (prefix.byteLength < HEADER_PREFIX_BYTES) throw damaged(path, `it has only ${fileBytes} bytes`);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) throw damaged(path, `its header claims ${length} bytes at offset 0`);
  if (HEADER_PREFIX_BYTES + length > fileBytes) {
    throw damaged(
      path,
      `its header ends at offset ${HEADER_PREFIX_BYTES + length}, but the file has ${fileBytes} bytes`,
    );
  }
  return length;
}

function parseJson(path: string, json: Uint8Array): Record<string, unknown> {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)));
  } catch (error) {
    throw damaged(path, `its header at offset ${HEADER_PREFIX_BYTES} is not a JSON object`, error);
  }
}

function checkBytes(path: string, name: string, entry: z.infer<typeof tensorSchema>): void {
  const [begin, end] = entry.data_offsets;
  if (begin > end) throw damaged(path, `tensor ${name} ends at data offset ${end}, before it begins at ${begin}`);
  if (!isStoredDtype(entry.dtype)) return;
  const expected = entry.shape.reduce((product, dim) => product * dim, storedBytes[entry.dtype]);
  if (end - begin !== expected) {
    throw damaged(
      path,
      `tensor ${name}, ${entry.dtype} [${entry.shape}], takes ${end - begin} bytes instead of ${expected}`,
    );
  }
}

function checkExtents(path: string, extents: readonly Extent[], dataStart: number, fileBytes: number): void {
  const sorted = [...extents].sort((left, right) => left.begin - right.begin || left.end - right.end);
  let previous: Extent | undefined;
  for (const extent of sorted) {
    if (previous !== undefined && extent.begin < previous.end) {
      throw damaged(path, `tensors ${previous.name} and ${extent.name} overlap at data offset ${extent.begin}`);
    }
    if (dataStart + extent.end > fileBytes) {
      throw damaged(
        path,
        `tensor ${extent.name} ends at offset ${dataStart + extent.end}, but the file has ${fileBytes} bytes`,
      );
    }
    previous = extent;
  }
}

/**
 * Reads a safetensors header: every tensor lies inside the file, takes the bytes that its shape needs, and overlaps no
 * other. A dtype that can't be read is an error only when its tensor is asked for.
 * @param json - the header without its 8-byte prefix.
 * @throws {ModelLoadError} naming the file, and the tensor or offset that is wrong.
 */
export function parseSafetensorsHeader(path: string, json: Uint8Array, fileBytes: number): Map<string, TensorEntry> {
  const dataStart = HEADER_PREFIX_BYTES + json.byteLength;
  const entries = new Map<string, TensorEntry>();
  const extents: Extent[] = [];
  for (const [name, value] of Object.entries(parseJson(path, json))) {
    if (name === '__metadata__') continue;
    const parsed = tensorSchema.safeParse(value);
    if (!parsed.success) throw damaged(path, `its header describes tensor ${name} wrongly`, parsed.error);
    checkBytes(path, name, parsed.data);
    const { dtype, shape, data_offsets } = parsed.data;
    extents.push({ name, begin: data_offsets[0], end: data_offsets[1] });
    entries.set(name, { dtype, shape, position: dataStart + data_offsets[0] });
  }
  checkExtents(path, extents, dataStart, fileBytes);
  return entries;
}
