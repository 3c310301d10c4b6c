import { readFileSync } from 'node:fs';
import { KvCache } from '../../../../worker/model/kv/kv-cache.js';
import { viewFloat32 } from '../../../../worker/model/ort/index.js';

/** A head's tokens are 256 KiB, so trims are whole pages of every system. */
const shape = { numLayers: 2, numSlots: 3, numKeyValueHeads: 2, maxModelLen: 1024, headDim: 64 };
const HEAD_VALUES = shape.maxModelLen * shape.headDim;
const SLOT_VALUES = shape.numKeyValueHeads * HEAD_VALUES;

describe('KvCache', () => {
  const cache = new KvCache(shape);
  afterAll(() => cache.close());

  const slotViews = (slot: number): Float32Array[] =>
    Array.from({ length: shape.numLayers }, (_, layer) => [
      viewFloat32(cache.keyAddress(layer, slot), SLOT_VALUES),
      viewFloat32(cache.valueAddress(layer, slot), SLOT_VALUES),
    ]).flat();

  /** Of the tokens from..to of every head: whether all values are `value`. */
  const holds = (slot: number, from: number, to: number, value: number): boolean =>
    slotViews(slot).every((view) =>
      Array.from({ length: shape.numKeyValueHeads }, (_, head) => head * HEAD_VALUES).every((start) =>
        view.subarray(start + from * shape.headDim, start + to * shape.headDim).every((found) => found === value),
      ),
    );

  const fill = (slot: number, value: number): void => {
    for (const view of slotViews(slot)) view.fill(value);
  };

  it('copies the first tokens of a slot and leaves the others, and the source', () => {
    fill(0, 1);
    fill(1, 2);
    cache.moveSlot(0, 1, 10);
    expect([holds(1, 0, 10, 1), holds(1, 10, 1024, 2), holds(0, 0, 1024, 1)]).toEqual([true, true, true]);
  });

  it('keeps the tokens before a trim, and other slots', () => {
    fill(0, 1);
    fill(1, 2);
    fill(2, 3);
    cache.trimSlot(1, 256);
    expect([holds(1, 0, 256, 2), holds(0, 0, 1024, 1), holds(2, 0, 1024, 3)]).toEqual([true, true, true]);
    cache.trimSlot(1, 0);
    expect([holds(0, 0, 1024, 1), holds(2, 0, 1024, 3)]).toEqual([true, true]);
  });

  (process.platform === 'linux' ? it : it.skip)('gives the memory of what it trims back to the system', () => {
    const residentPages = () => Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]);
    const large = new KvCache({ ...shape, numLayers: 16, maxModelLen: 8192 });
    const slotBytes = 2 * 16 * 2 * 8192 * 64 * 4;
    try {
      for (let layer = 0; layer < 16; layer++) {
        viewFloat32(large.keyAddress(layer, 0), 2 * 8192 * 64).fill(1);
        viewFloat32(large.valueAddress(layer, 0), 2 * 8192 * 64).fill(1);
      }
      const before = residentPages();
      large.trimSlot(0, 4096);
      const half = residentPages();
      large.trimSlot(0, 0);
      expect((before - half) * 4096).toBeGreaterThan(0.4 * slotBytes);
      expect((before - residentPages()) * 4096).toBeGreaterThan(0.9 * slotBytes);
    } finally {
      large.close();
    }
  });
});
