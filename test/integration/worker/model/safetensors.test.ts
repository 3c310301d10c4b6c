import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelLoadError } from '../../../../src/core/index.js';
import { SafetensorsWeightSource, type WeightSlice } from '../../../../worker/model/weights/index.js';

interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

function writeSafetensors(path: string, tensors: Readonly<Record<string, StoredTensor>>): void {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const begin = end;
    end += bytes.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const prefix = new Uint8Array(BigUint64Array.of(BigInt(header.byteLength)).buffer);
  writeFileSync(path, Buffer.concat([prefix, header, ...Object.values(tensors).map(({ bytes }) => bytes)]));
}

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const f32 = (shape: readonly number[], values: readonly number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  bytes: bytesOf(Float32Array.from(values)),
});

function readSlice(folder: string, slice: WeightSlice, length: number): number[] {
  const source = SafetensorsWeightSource.open(folder);
  try {
    const values = new Float32Array(length);
    source.read(slice, values);
    return [...values];
  } finally {
    source.close();
  }
}

describe('SafetensorsWeightSource', () => {
  let folder: string;
  const single = () => join(folder, 'model.safetensors');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ray-ts-weights-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const matrix = f32([3, 4], [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);

  it('reads rows, and columns of rows', () => {
    writeSafetensors(single(), { before: f32([1], [9]), w: matrix });
    const rows = { start: 1, end: 3 };
    expect(readSlice(folder, { name: 'w', shape: [3, 4], rows }, 8)).toEqual([10, 11, 12, 13, 20, 21, 22, 23]);
    const columns = { start: 1, end: 3 };
    expect(readSlice(folder, { name: 'w', shape: [3, 4], rows, columns }, 4)).toEqual([11, 12, 21, 22]);
  });

  it('widens half precision, also tensors larger than its buffer', () => {
    const numRows = 3;
    const width = 300_000;
    const bits = Uint16Array.from({ length: numRows * width }, (_, index) => (index % 2 === 0 ? 0x3f80 : 0xc000));
    const halves = { dtype: 'F16', shape: [2], bytes: bytesOf(Uint16Array.of(0x3c00, 0xc000)) };
    writeSafetensors(single(), { w: { dtype: 'BF16', shape: [numRows, width], bytes: bytesOf(bits) }, halves });
    const values = readSlice(folder, { name: 'w', shape: [numRows, width], rows: { start: 0, end: 3 } }, 900_000);
    expect(values.every((value, index) => value === (index % 2 === 0 ? 1 : -2))).toBe(true);
    expect(readSlice(folder, { name: 'halves', shape: [2], rows: { start: 0, end: 2 } }, 2)).toEqual([1, -2]);
  });

  it('finds tensors in the shards that the index names', () => {
    writeSafetensors(join(folder, 'a.safetensors'), { first: f32([1], [1]) });
    writeSafetensors(join(folder, 'b.safetensors'), { second: f32([1], [2]) });
    const weight_map = { first: 'a.safetensors', second: 'b.safetensors' };
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
    expect(readSlice(folder, { name: 'second', shape: [1], rows: { start: 0, end: 1 } }, 1)).toEqual([2]);
  });

  describe('refuses', () => {
    const all = { name: 'w', shape: [3, 4], rows: { start: 0, end: 3 } };
    const expectRefused = (slice: WeightSlice, message: RegExp): void => {
      expect(() => readSlice(folder, slice, 12)).toThrow(ModelLoadError);
      expect(() => readSlice(folder, slice, 12)).toThrow(message);
    };

    it('a folder without weights', () => expectRefused(all, /has neither model\.safetensors nor/));

    it('a file that lost its end, naming the file and the offset', () => {
      writeSafetensors(single(), { w: matrix });
      truncateSync(single(), 100);
      expectRefused(all, /model\.safetensors .* tensor w ends at offset \d+, but the file has 100 bytes/);
    });

    it('a file that lost its header', () => {
      writeSafetensors(single(), { w: matrix });
      truncateSync(single(), 20);
      expectRefused(all, /header ends at offset/);
    });

    it('a file that shrinks after it was opened', () => {
      writeSafetensors(single(), { w: matrix });
      const source = SafetensorsWeightSource.open(folder);
      truncateSync(single(), 100);
      expect(() => source.read(all, new Float32Array(12))).toThrow(/ends at offset 100/);
      source.close();
    });

    it('a missing tensor, naming tensor and files', () => {
      writeSafetensors(single(), { w: matrix });
      expectRefused({ ...all, name: 'lm_head.weight' }, /lm_head\.weight is in none of .*model\.safetensors/);
    });

    it('another shape than the model asks for', () => {
      writeSafetensors(single(), { w: matrix });
      expectRefused({ ...all, shape: [4, 3] }, /w .* has shape \[3,4\], but .* asks for \[4,3\]/);
    });

    it('a dtype that can not be widened', () => {
      writeSafetensors(single(), { w: { dtype: 'I8', shape: [3, 4], bytes: new Uint8Array(12) } });
      expectRefused(all, /stored as I8; only F32, F16, BF16/);
    });

    it('an index that names a missing shard, or one outside the folder', () => {
      const writeIndex = (file: string): void =>
        writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { w: file } }));
      writeIndex('gone.safetensors');
      expectRefused(all, /gone\.safetensors can't be opened/);
      writeIndex('../gone.safetensors');
      expectRefused(all, /not a file of the folder/);
    });
  });
});
