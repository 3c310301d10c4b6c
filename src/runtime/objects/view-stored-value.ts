import type { MappedObjectFile } from '../../channel/index.js';
import type { ObjectReference, Value } from '../../rpc/index.js';
import { decodeLayout, decodePrefix, PREFIX_BYTES } from './stored-value-layout.js';

/**
 * The value in a mapped file. Header and segments are views of the mapping: nothing is copied, and the file stays mapped
 * and locked until the last of them was collected.
 * @throws {InvalidArgumentError} when the file is damaged.
 */
export function viewStoredValue(file: MappedObjectFile, references: readonly ObjectReference[]): Value {
  const prefix = decodePrefix(file.bytes(0, Math.min(PREFIX_BYTES, file.byteLength)), file.byteLength);
  const layout = decodeLayout(prefix, file.bytes(prefix.table.offset, prefix.table.byteLength));
  return {
    header: file.bytes(layout.header.offset, layout.header.byteLength),
    segments: layout.segments.map(({ offset, byteLength }) => file.bytes(offset, byteLength)),
    references: [...references],
  };
}
