import { MappedObjectFile } from '../../channel/index.js';
import type { ObjectReference, Value } from '../../rpc/index.js';
import { decodeLayout, decodePrefix, PREFIX_BYTES } from './stored-value-layout.js';

/**
 * Maps an object of this host's store. Header and segments are views of the mapping: nothing is copied, and the file stays
 * mapped and locked until the last of them was collected.
 *
 * @returns undefined when the object is gone from `path`.
 * @throws {InvalidArgumentError} when the file is damaged.
 */
export function mapStoredValue(path: string, references: readonly ObjectReference[]): Value | undefined {
  const file = MappedObjectFile.open(path);
  if (file === undefined) return undefined;
  const prefix = decodePrefix(file.bytes(0, Math.min(PREFIX_BYTES, file.byteLength)), file.byteLength);
  const layout = decodeLayout(prefix, file.bytes(prefix.table.offset, prefix.table.byteLength));
  return {
    header: file.bytes(layout.header.offset, layout.header.byteLength),
    segments: layout.segments.map(({ offset, byteLength }) => file.bytes(offset, byteLength)),
    references: [...references],
  };
}
