import { z } from 'zod';
import { ModelLoadError } from '../../../src/core/index.js';
import { findDuplicateKey } from './duplicate-key.js';

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

/** Bits of a value, of all dtypes that the format knows. */
const dtypeBits: Readonly<Record<string, number>> = {
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ BOOL: 8, U8: 8, I8: 8, U16: 16, I16: 16, F16: 16, BF16: 16 },
  ...{ U32: 32, I32: 32, F32: 32, U64: 64, I64: 64, F64: 64, C64: 64 },
};

const size = z.number().int().nonnegative();
const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});

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

function decodeHeader(path: string, json: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (error) {
    throw damaged(path, `its header at offset ${HEADER_PREFIX_BYTES} is not UTF-8`, error);
  }
}

function parseHeader(path: string, json: string): object {
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch (error) {
    throw damaged(path, `its header at offset ${HEADER_PREFIX_BYTES} is not JSON`, error);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw damaged(path, `its header at offset ${HEADER_PREFIX_BYTES} is not a JSON object`);
  }
  const duplicate = findDuplicateKey(json);
  if (duplicate !== undefined) throw damaged(path, `its header names ${duplicate} twice`);
  return header;
}

function parseTensor(path: string, name: string, value: unknown): z.infer<typeof tensorSchema> {
  const parsed = tensorSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'its entry' : issue.path.join('.');
  throw damaged(path, `its header describes tensor ${name} wrongly: ${field}: ${issue?.message}`, parsed.error);
}

function checkBytes(path: string, name: string, { dtype, shape, data_offsets }: z.infer<typeof tensorSchema>): void {
  const [begin, end] = data_offsets;
  if (begin > end) throw damaged(path, `tensor ${name} ends at data offset ${end}, before it begins at ${begin}`);
  const bits = Object.hasOwn(dtypeBits, dtype) ? dtypeBits[dtype] : undefined;
  if (bits === undefined) throw damaged(path, `tensor ${name} has the dtype ${dtype}, which the format doesn't know`);
  const expected = shape.reduce((product, dim) => product * dim, bits) / 8;
  if (end - begin !== expected) {
    throw damaged(path, `tensor ${name}, ${dtype} [${shape}], takes ${end - begin} bytes instead of ${expected}`);
  }
}

/** As the format demands, tensors take all of `dataBytes`, each from where another ends. */
function checkExtents(path: string, extents: readonly Extent[], dataBytes: number): void {
  let covered = 0;
  let previous = '';
  const sorted = [...extents].sort((left, right) => left.begin - right.begin || left.end - right.end);
  for (const { name, begin, end } of sorted) {
    if (begin < covered) throw damaged(path, `tensors ${previous} and ${name} overlap at data offset ${begin}`);
    if (begin > covered)
      throw damaged(path, `no tensor has the bytes from data offset ${covered} to ${name} at ${begin}`);
    if (end > dataBytes) {
      throw damaged(path, `tensor ${name} ends at data offset ${end}, but the file has ${dataBytes} bytes of data`);
    }
    covered = end;
    previous = name;
  }
  if (covered < dataBytes) throw damaged(path, `its last ${dataBytes - covered} bytes belong to no tensor`);
}

/**
 * Reads a safetensors header: every tensor lies inside the file and takes the bytes that its shape needs, and together
 * they take the whole file. A dtype of the format that can't be read is an error only when its tensor is asked for.
 * @param json - the header without its 8-byte prefix.
 * @throws {ModelLoadError} naming the file, and the tensor, field or offset that is wrong.
 */
export function parseSafetensorsHeader(path: string, json: Uint8Array, fileBytes: number): Map<string, TensorEntry> {
  const dataStart = HEADER_PREFIX_BYTES + json.byteLength;
  const entries = new Map<string, TensorEntry>();
  const extents: Extent[] = [];
  for (const [name, value] of Object.entries(parseHeader(path, decodeHeader(path, json)))) {
    if (name === '__metadata__') continue;
    const tensor = parseTensor(path, name, value);
    checkBytes(path, name, tensor);
    const { dtype, shape, data_offsets } = tensor;
    extents.push({ name, begin: data_offsets[0], end: data_offsets[1] });
    entries.set(name, { dtype, shape, position: dataStart + data_offsets[0] });
  }
  checkExtents(path, extents, fileBytes - dataStart);
  return entries;
}
