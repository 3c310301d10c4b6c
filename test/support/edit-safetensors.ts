import { readFileSync, writeFileSync } from 'node:fs';
import { joinSafetensors } from './safetensors.js';

/** Of one tensor in the header of a safetensors file. */
export interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Rewrites a safetensors file after `edit` has changed its header and data in place. */
export function editSafetensors(path: string, edit: (header: Record<string, HeaderEntry>, data: Buffer) => void): void {
  const file = readFileSync(path);
  const dataStart = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: _, ...header } = JSON.parse(file.subarray(8, dataStart).toString());
  const data = file.subarray(dataStart);
  edit(header, data);
  writeFileSync(path, joinSafetensors(new TextEncoder().encode(JSON.stringify(header)), data));
}
