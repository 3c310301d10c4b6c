import {
  type PackedMatrix,
  packedAxis,
  plainAxis,
  unpackColumns,
  unpackValue,
} from '../../../../../../worker/model/graphs/linear/packed-matrix.js';

const all = (end: number) => ({ start: 0, end });

/** 0x76543210: the value at each place is its number. */
const COUNTING = 0x76543210;

describe('a word of 8 values', () => {
  const row = (order: 'in-order' | 'interleaved', range = all(8)): PackedMatrix => ({
    bits: 4,
    rows: plainAxis(all(1)),
    columns: packedAxis(range, 4, order),
    words: Int32Array.of(COUNTING),
  });

  it('has the first in its lowest bits', () => {
    const values = Array.from({ length: 8 }, (_, column) => unpackValue(row('in-order'), 0, column));
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('has them at the places 0, 4, 1, 5, 2, 6, 3, 7 in AWQ', () => {
    const values = Array.from({ length: 8 }, (_, column) => unpackValue(row('interleaved'), 0, column));
    expect(values).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
  });

  it('may be read from the middle', () => {
    const values = [0, 1, 2].map((column) => unpackValue(row('interleaved', { start: 3, end: 6 }), 0, column));
    expect(values).toEqual([5, 2, 6]);
  });

  it('has values with the highest bit', () => {
    expect(unpackValue({ ...row('in-order'), words: Int32Array.of(0xf0000000 | 0) }, 0, 7)).toBe(15);
  });
});

describe('values of 8 bits', () => {
  it('are 4 to a word', () => {
    const axis = packedAxis({ start: 2, end: 7 }, 8, 'in-order');
    expect(axis.words).toEqual({ start: 0, end: 2 });
    expect([...axis.offsets]).toEqual([0, 0, 1, 1, 1]);
    expect([...axis.shifts]).toEqual([16, 24, 0, 8, 16]);
  });
});

describe('unpackColumns', () => {
  /** 16 rows packed along columns of words, 3 columns: the value is row + 3 · column, in 4 bits. */
  const matrix: PackedMatrix = {
    bits: 4,
    rows: packedAxis(all(16), 4, 'in-order'),
    columns: plainAxis(all(3)),
    words: Int32Array.from({ length: 6 }, (_, index) => {
      const [word, column] = [Math.floor(index / 3), index % 3];
      return Array.from({ length: 8 }, (_place, place) => ((8 * word + place + 3 * column) & 15) << (4 * place)).reduce(
        (bits, value) => bits | value,
      );
    }),
  };

  it('writes columns as rows, in the order asked for, and leaves gaps alone', () => {
    const bytes = new Uint8Array(8).fill(99);
    unpackColumns(matrix, { start: 1, end: 3 }, Int32Array.of(2, -1, 9, 0), bytes);
    expect([...bytes]).toEqual([5, 99, 12, 3, 8, 99, 15, 6]);
  });
});
