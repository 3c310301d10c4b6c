import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { ModelLoadError } from '../../../../src/core/index.js';
import { SafetensorsWeightSource } from '../../../../worker/model/weights/index.js';
import { bytesOf, encodeSafetensors, f32, joinSafetensors } from '../../../support/safetensors.js';

const NAMES = ['first', 'second', 'third'] as const;
const SHAPE = [3, 2];
const NUM_VALUES = 6;

const original = encodeSafetensors({
  first: f32(SHAPE, [0, 1, 2, 3, 4, 5]),
  second: { dtype: 'BF16', shape: SHAPE, bytes: bytesOf(Uint16Array.of(0x3f80, 0xc000, 0, 0x4000, 0x4040, 1)) },
  third: { dtype: 'F16', shape: SHAPE, bytes: bytesOf(Uint16Array.of(0x3c00, 0xc000, 0, 1, 0x7bff, 0x8400)) },
});
const headerBytes = Number(new DataView(original.buffer, original.byteOffset).getBigUint64(0, true));
const header = JSON.parse(new TextDecoder().decode(original.subarray(8, 8 + headerBytes))) as Record<string, object>;
const data = original.subarray(8 + headerBytes);

const anyBytes = fc.record({
  at: fc.nat({ max: original.byteLength - 1 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});

const overwritten = fc.array(anyBytes, { minLength: 1, maxLength: 3 }).map((changes) => {
  const file = Uint8Array.from(original);
  for (const { at, bytes } of changes) file.set(bytes.subarray(0, file.byteLength - at), at);
  return file;
});

const cut = fc
  .tuple(fc.nat({ max: original.byteLength }), fc.uint8Array({ maxLength: 16 }))
  .map(([length, added]) => Uint8Array.from([...original.subarray(0, length), ...added]));

const offset = fc.oneof(fc.nat({ max: data.byteLength + 8 }), fc.maxSafeInteger(), fc.jsonValue());
const fieldValue = fc.oneof(
  fc.tuple(offset, offset),
  fc.constantFrom('F32', 'F16', 'BF16', 'F64', 'I8', 'F4', 'X9'),
  fc.array(fc.nat({ max: 7 }), { maxLength: 4 }),
  fc.jsonValue(),
);

/** A header in which one field of one tensor is another. */
const relabelled = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('dtype', 'shape', 'data_offsets', 'more'), fieldValue)
  .map(([name, field, value]) => {
    const changed = { ...header, [name]: { ...header[name], [field]: value } };
    return joinSafetensors(new TextEncoder().encode(JSON.stringify(changed)), data);
  });

function readAll(folder: string): Map<string, number[]> {
  const source = SafetensorsWeightSource.open(folder);
  try {
    return new Map(
      NAMES.map((name) => {
        const values = new Float32Array(NUM_VALUES);
        source.read({ name, shape: SHAPE, rows: { start: 0, end: 3 } }, values);
        return [name, [...values]];
      }),
    );
  } finally {
    source.close();
  }
}

/** What the file says of a tensor, read as the format describes it. */
function decode(file: Uint8Array, name: string): number[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const dataStart = 8 + Number(view.getBigUint64(0, true));
  const { dtype, data_offsets: offsets } = JSON.parse(new TextDecoder().decode(file.subarray(8, dataStart)))[name];
  return Array.from({ length: NUM_VALUES }, (_, index) => {
    const at = dataStart + offsets[0];
    if (dtype === 'F32') return view.getFloat32(at + 4 * index, true);
    const bits = view.getUint16(at + 2 * index, true);
    if (dtype === 'BF16') return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = (bits & 0x3ff) / 1024;
    return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
  });
}

describe('A damaged safetensors file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-damaged-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const expectReadOrRefused = (file: Uint8Array): void => {
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, file);
    let values: Map<string, number[]>;
    try {
      values = readAll(folder);
    } catch (error) {
      if (!(error instanceof ModelLoadError)) throw error;
      expect(error.message).toContain(folder);
      return;
    }
    for (const [name, found] of values) expect(found).toEqual(decode(file, name));
  };

  it('is read when nothing is damaged', () => {
    writeFileSync(join(folder, 'model.safetensors'), original);
    expect(readAll(folder).get('third')).toEqual([1, -2, 0, 2 ** -24, 65504, -(2 ** -14)]);
  });

  it.each([
    ['bytes are overwritten', overwritten],
    ['it is cut, or goes on with other bytes', cut],
    ['its header says something else', relabelled],
  ])('gives the values that it holds, or is refused by name, when %s', (_, files) => {
    fc.assert(fc.property(files, expectReadOrRefused), { numRuns: 300 });
  });
});
