import type { Value } from '../../rpc/index.js';
import { encodeLayout, planLayout } from './stored-value-layout.js';

/** A value as it goes into a store: bytes and where they belong, in order of offset, with gaps between them. */
export interface StoredValueParts {
  /** Of the whole object, gaps included. */
  readonly size: number;
  readonly parts: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
}

/** Lays a value out for a store. Copies none of its bytes: they must not change until they are written. */
export function layOutValue({ header, segments }: Value): StoredValueParts {
  const layout = planLayout(
    header.byteLength,
    segments.map(({ byteLength }) => byteLength),
  );
  const parts = [
    { offset: 0, bytes: encodeLayout(layout) },
    { offset: layout.header.offset, bytes: header },
    ...segments.map((bytes, index) => ({ offset: layout.segments[index]!.offset, bytes })),
  ];
  return { size: layout.size, parts };
}

/** The whole object in order, gaps as zeros, in chunks of `chunkBytes`; the last one may be shorter. */
export function* chunksOf({ size, parts }: StoredValueParts, chunkBytes: number): Generator<Uint8Array> {
  let first = 0;
  for (let start = 0; start < size; start += chunkBytes) {
    const end = Math.min(start + chunkBytes, size);
    const chunk = new Uint8Array(end - start);
    for (let index = first; index < parts.length && parts[index]!.offset < end; index++) {
      const { offset, bytes } = parts[index]!;
      const [from, to] = [Math.max(offset, start), Math.min(offset + bytes.byteLength, end)];
      if (from < to) chunk.set(bytes.subarray(from - offset, to - offset), from - start);
      if (to < end) first = index + 1;
    }
    yield chunk;
  }
}
