import { decodeGraphFile, encodeGraphFile } from '../../../../../worker/model/compilation/graph-file.js';

describe('A file with a graph', () => {
  const file = encodeGraphFile(Uint8Array.of(1, 2, 3));

  it('gives the graph back', () => {
    expect([...decodeGraphFile(file)!]).toEqual([1, 2, 3]);
  });

  it.each([0, 31, 32, 34])('is damaged when byte %d is another', (index) => {
    const damaged = Uint8Array.from(file);
    damaged[index]! ^= 1;
    expect(decodeGraphFile(damaged)).toBeUndefined();
  });

  it.each([0, 20, 32, 34])('is damaged when it ends after %d bytes', (length) => {
    expect(decodeGraphFile(file.subarray(0, length))).toBeUndefined();
  });
});
