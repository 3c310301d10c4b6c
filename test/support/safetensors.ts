export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

export const f32 = (shape: readonly number[], values: readonly number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  bytes: bytesOf(Float32Array.from(values)),
});

/** A file of a header as it is given, sound or not, and data. */
export function joinSafetensors(header: Uint8Array, data: Uint8Array): Uint8Array {
  return Buffer.concat([bytesOf(BigUint64Array.of(BigInt(header.byteLength))), header, data]);
}

/** The tensors' data follow each other in the order of `tensors`. */
export function encodeSafetensors(tensors: Readonly<Record<string, StoredTensor>>): Uint8Array {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const begin = end;
    end += bytes.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  return joinSafetensors(header, Buffer.concat(Object.values(tensors).map(({ bytes }) => bytes)));
}
