/** Numbers of the value types in GGUF's specification. */
const valueTypes = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;

/** Value of one metadata entry, tagged with the type that GGUF stores. */
export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'float32s' | 'int32s'; readonly value: readonly number[] };

/** What the header says of one tensor. */
export interface GgufTensor {
  readonly name: string;
  /** Inner dimension first, as GGUF has it. */
  readonly dims: readonly number[];
  /** ggml's number of the format. */
  readonly format: number;
  readonly byteLength: number;
}

const MAGIC = 'GGUF';
const VERSION = 3;

/** Where tensors begin, in bytes: the default of the format. */
const ALIGNMENT = 32;

export const padToAlignment = (position: number): number => Math.ceil(position / ALIGNMENT) * ALIGNMENT;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const text = (value: string): Buffer => Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)]);

const array = (type: number, length: number, items: Buffer): Buffer =>
  Buffer.concat([uint32(valueTypes.array), uint32(type), uint64(length), items]);

function encodeValue(entry: GgufValue): Buffer {
  switch (entry.type) {
    case 'uint32':
      return Buffer.concat([uint32(valueTypes.uint32), uint32(entry.value)]);
    case 'float32':
      return Buffer.concat([uint32(valueTypes.float32), Buffer.from(Float32Array.of(entry.value).buffer)]);
    case 'string':
      return Buffer.concat([uint32(valueTypes.string), text(entry.value)]);
    case 'strings':
      return array(valueTypes.string, entry.value.length, Buffer.concat(entry.value.map(text)));
    case 'float32s':
      return array(valueTypes.float32, entry.value.length, Buffer.from(Float32Array.from(entry.value).buffer));
    case 'int32s':
      return array(valueTypes.int32, entry.value.length, Buffer.from(Int32Array.from(entry.value).buffer));
  }
}

/** Everything in front of the tensors' data, which follow in their order, each padded to the alignment. */
export function encodeGgufHeader(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): Uint8Array {
  const entries = Object.entries(metadata);
  let offset = 0;
  const parts = [Buffer.from(MAGIC), uint32(VERSION), uint64(tensors.length), uint64(entries.length)];
  for (const [key, value] of entries) parts.push(text(key), encodeValue(value));
  for (const { name, dims, format, byteLength } of tensors) {
    parts.push(text(name), uint32(dims.length), ...dims.map(uint64), uint32(format), uint64(offset));
    offset += padToAlignment(byteLength);
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc(padToAlignment(header.byteLength) - header.byteLength)]);
}
