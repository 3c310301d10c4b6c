/**
 * How an encoded value lies in an object of a node's store:
 *
 *   [0, 64)      float64 [8]: magic, version, size of all, bytes of the header, number of segments, 0, 0, 0
 *   [64, …)      float64 [numSegments, 2]: offset and bytes of each segment
 *   then         the header, and each segment at the next multiple of 64
 *
 * Little-endian. Segments are aligned so that typed arrays of any class are views of the file, never copies.
 */
import { InvalidArgumentError } from '../../core/index.js';

const MAGIC = 0x7261_7974; // "rayt"
const VERSION = 1;
const ALIGNMENT = 64;
const ENTRY_BYTES = 2 * Float64Array.BYTES_PER_ELEMENT;

/** Bytes of the part that says how large the table after it is. */
export const PREFIX_BYTES = 64;

/** Half-open: [offset, offset + byteLength). */
export interface ByteRange {
  readonly offset: number;
  readonly byteLength: number;
}

export interface StoredValueLayout {
  /** Bytes of the whole object. */
  readonly size: number;
  readonly header: ByteRange;
  readonly segments: readonly ByteRange[];
}

/** What the prefix says. */
export interface StoredValuePrefix {
  readonly size: number;
  readonly headerBytes: number;
  /** The segment table, which follows the prefix. */
  readonly table: ByteRange;
}

/** Where the parts of a value of these sizes go. */
export function planLayout(headerBytes: number, segmentBytes: readonly number[]): StoredValueLayout {
  const header = { offset: PREFIX_BYTES + segmentBytes.length * ENTRY_BYTES, byteLength: headerBytes };
  let end = header.offset + headerBytes;
  const segments = segmentBytes.map((byteLength) => {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = offset + byteLength;
    return { offset, byteLength };
  });
  return { size: end, header, segments };
}

/** Prefix and table of a layout, to be written at the object's start. */
export function encodeLayout({ size, header, segments }: StoredValueLayout): Uint8Array {
  const words = new Float64Array((PREFIX_BYTES + segments.length * ENTRY_BYTES) / Float64Array.BYTES_PER_ELEMENT);
  words.set([MAGIC, VERSION, size, header.byteLength, segments.length]);
  const table = segments.flatMap(({ offset, byteLength }) => [offset, byteLength]);
  words.set(table, PREFIX_BYTES / Float64Array.BYTES_PER_ELEMENT);
  return new Uint8Array(words.buffer);
}

/**
 * Reads an object's first 64 bytes.
 * @param available bytes that are there; a file may be longer than its object.
 * @throws {InvalidArgumentError} when they are damaged, or of another version of ray-ts.
 */
export function decodePrefix(bytes: Uint8Array, available: number): StoredValuePrefix {
  const words = bytes.byteLength < PREFIX_BYTES ? [] : new Float64Array(bytes.slice(0, PREFIX_BYTES).buffer);
  const [magic, version, size, headerBytes, numSegments] = words;
  if (magic !== MAGIC || version !== VERSION) {
    throw new InvalidArgumentError(
      'A stored object is damaged, or of another version of ray-ts. Run one version on all nodes.',
    );
  }
  const table = { offset: PREFIX_BYTES, byteLength: numSegments! * ENTRY_BYTES };
  requireInside(table, available, 'its segment table');
  requireInside({ offset: 0, byteLength: size! }, available, 'it');
  return { size: size!, headerBytes: headerBytes!, table };
}

/**
 * Completes the layout by the segment table.
 * @throws {InvalidArgumentError} when a part lies outside of the object.
 */
export function decodeLayout(
  { size, headerBytes, table }: StoredValuePrefix,
  tableBytes: Uint8Array,
): StoredValueLayout {
  const words = new Float64Array(tableBytes.slice().buffer);
  const header = { offset: table.offset + table.byteLength, byteLength: headerBytes };
  const segments = Array.from({ length: words.length / 2 }, (_, index) => ({
    offset: words[2 * index]!,
    byteLength: words[2 * index + 1]!,
  }));
  for (const part of [header, ...segments]) requireInside(part, size, 'a part of it');
  return { size, header, segments };
}

function requireInside({ offset, byteLength }: ByteRange, size: number, what: string): void {
  const numbers = [offset, byteLength, offset + byteLength];
  if (numbers.every((number) => Number.isSafeInteger(number) && number >= 0 && number <= size)) return;
  throw new InvalidArgumentError(
    `A stored object is damaged: ${what} would lie at [${offset}, ${offset + byteLength}) of ${size} bytes.`,
  );
}
