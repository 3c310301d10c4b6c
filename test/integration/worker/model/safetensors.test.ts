import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelLoadError } from '../../../../src/core/index.js';
import { SafetensorsWeightSource, type WeightSlice } from '../../../../worker/model/weights/index.js';
import { bytesOf, encodeSafetensors, f32, type StoredTensor } from '../../../support/safetensors.js';

const writeSafetensors = (path: string, tensors: Readonly<Record<string, StoredTensor>>): void =>
  writeFileSync(path, encodeSafetensors(tensors));

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
      expectRefused(all, /model\.safetensors .* tensor w ends at data offset 48, but the file has \d+ bytes of data/);
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

    it.each([
      ['NaN', 'F32', Float32Array.of(0, 1, 2, 3, 4, 5, Number.NaN, 7, 8, 9, 10, 11), 'NaN at [1, 2]'],
      ['an infinity', 'F32', Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, -Infinity, 10, 11), '-Infinity at [2, 1]'],
      ['NaN in bfloat16', 'BF16', Uint16Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xffc0, 0), 'NaN at [2, 2]'],
      ['an infinity in float16', 'F16', Uint16Array.of(0, 0, 0, 0, 0x7c00, 0, 0, 0, 0, 0, 0, 0), 'Infinity at [1, 0]'],
    ])('%s, naming tensor, file and element', (_, dtype, values, found) => {
      writeSafetensors(single(), { w: { dtype, shape: [3, 4], bytes: bytesOf(values) } });
      expect(() => readSlice(folder, all, 12)).toThrow(`Tensor w in ${single()} holds ${found}.`);
    });

    it('an element that is not finite in a slice of rows and columns', () => {
      writeSafetensors(single(), { w: f32([3, 4], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Number.NaN, 0]) });
      expectRefused({ ...all, rows: { start: 1, end: 3 }, columns: { start: 1, end: 3 } }, /NaN at \[2, 2\]/);
    });

    it('weights that are no file, or a link that leads in a circle', () => {
      mkdirSync(single());
      expectRefused(all, /model\.safetensors are not a file/);
      rmSync(single(), { recursive: true });
      symlinkSync('model.safetensors', single());
      expectRefused(all, /model\.safetensors can't be opened: ELOOP/);
    });

    describe('an index', () => {
      const indexPath = () => join(folder, 'model.safetensors.index.json');
      const writeIndex = (index: unknown): void => writeFileSync(indexPath(), JSON.stringify(index));

      it('that names a missing shard, or one outside the folder', () => {
        writeSafetensors(join(folder, 'a.safetensors'), { w: matrix });
        writeIndex({ weight_map: { w: 'a.safetensors', v: 'gone.safetensors' } });
        expectRefused(all, /index\.json names files that the folder lacks: gone\.safetensors/);
        writeIndex({ weight_map: { w: '../gone.safetensors' } });
        expectRefused(all, /not a file of the folder/);
      });

      it('that names a tensor which its shard lacks', () => {
        writeSafetensors(join(folder, 'a.safetensors'), { w: matrix });
        writeSafetensors(join(folder, 'b.safetensors'), { other: f32([1], [1]) });
        writeIndex({ weight_map: { w: 'b.safetensors', other: 'b.safetensors', last: 'a.safetensors' } });
        expectRefused(all, /index\.json says that tensor w is in .*b\.safetensors, which has no such tensor/);
      });

      it.each([
        ['no JSON', '{'],
        ['a list', '[]'],
        ['a map to numbers', '{"weight_map":{"w":1}}'],
      ])('that is %s', (_, text) => {
        writeFileSync(indexPath(), text);
        expectRefused(all, /index\.json is not an index of weights/);
      });
    });
  });

  it('reads a tensor that two shards have from the one that the index names', () => {
    writeSafetensors(join(folder, 'a.safetensors'), { w: f32([1], [1]), first: f32([1], [0]) });
    writeSafetensors(join(folder, 'b.safetensors'), { w: f32([1], [2]), second: f32([1], [0]) });
    const weight_map = { w: 'a.safetensors', first: 'a.safetensors', second: 'b.safetensors' };
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
    expect(readSlice(folder, { name: 'w', shape: [1], rows: { start: 0, end: 1 } }, 1)).toEqual([1]);
  });
});
