import fc from 'fast-check';
import { splitBatch } from '../../../../src/rpc/index.js';

const MIB = 1024 * 1024;
const sizes = (items: readonly number[]): number[][] => splitBatch(items, (bytes) => bytes);

describe('splitBatch', () => {
  it('keeps what is small together', () => {
    expect(sizes([10, 20, 30])).toEqual([[10, 20, 30]]);
    expect(sizes([])).toEqual([]);
  });

  it('begins another batch where the next item does not fit', () => {
    expect(sizes([MIB / 2, MIB / 2, 1, MIB])).toEqual([[MIB / 2, MIB / 2], [1], [MIB]]);
  });

  it('sends an item that is larger than a batch alone', () => {
    expect(sizes([1, 5 * MIB, 2])).toEqual([[1], [5 * MIB], [2]]);
  });

  it('keeps every item, in order, and no batch of several above the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 * MIB)), (items) => {
        const batches = sizes(items);
        expect(batches.flat()).toEqual(items);
        for (const batch of batches.filter(({ length }) => length > 1)) {
          expect(batch.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(MIB);
        }
      }),
    );
  });
});
