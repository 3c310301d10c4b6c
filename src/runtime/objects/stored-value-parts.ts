import { InvalidArgumentError } from '../../core/index.js';
import type { Value } from '../../rpc/index.js';
import { type ByteRange, encodeLayout, planLayout } from './stored-value-layout.js';

/** Bytes and where they belong in an object. */
interface StoredValuePart extends ByteRange {
  /** Not longer, and no shorter unless their buffer is transferred away. */
  readonly bytes: Uint8Array;
}

/** A value as it goes into a store: parts in order of offset, with gaps between them. */
export interface StoredValueParts {
  /** Of the whole object, gaps included. */
  readonly size: number;
  readonly parts: readonly StoredValuePart[];
}

/** Lays a value out for a store. Copies none of its bytes: they must not change until they are written. */
export function layOutValue({ header, segments }: Value): StoredValueParts {
  const layout = planLayout(
    header.byteLength,
    segments.map(({ byteLength }) => byteLength),
  );
  const start = encodeLayout(layout);
  const parts = [
    { offset: 0, byteLength: start.byteLength, bytes: start },
    { ...layout.header, bytes: header },
    ...segments.map((bytes, index) => ({ ...layout.segments[index]!, bytes })),
  ];
  return { size: layout.size, parts };
}

/**
 * The whole object in order, gaps as zeros, in chunks of `chunkBytes`; the last one may be shorter.
 * @throws {InvalidArgumentError} when an array was transferred away meanwhile.
 */
export function* chunksOf({ size, parts }: StoredValueParts, chunkBytes: number): Generator<Uint8Array> {
  let first = 0;
  for (let start = 0; start < size; start += chunkBytes) {
    const end = Math.min(start + chunkBytes, size);
    const chunk = new Uint8Array(end - start);
    for (let index = first; index < parts.length && parts[index]!.offset < end; index++) {
      const { offset, byteLength, bytes } = parts[index]!;
      requireWhole(bytes, byteLength);
      const [from, to] = [Math.max(offset, start), Math.min(offset + byteLength, end)];
      if (from < to) chunk.set(bytes.subarray(from - offset, to - offset), from - start);
      if (to < end) first = index + 1;
    }
    yield chunk;
  }
}

function requireWhole(bytes: Uint8Array, byteLength: number): void {
  if (bytes.byteLength === byteLength) return;
  throw new InvalidArgumentError('An array was transferred away or resized before it was stored.');
}
