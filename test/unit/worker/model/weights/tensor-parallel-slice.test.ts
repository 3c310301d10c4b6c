import { ModelLoadError } from '../../../../../src/core/index.js';
import {
  evenSlice,
  keyValueHeadSlice,
  vocabularySlice,
  vocabularyWidth,
} from '../../../../../worker/model/weights/index.js';

const ofAllRanks = <T>(size: number, slice: (rank: { rank: number; size: number }) => T): T[] =>
  Array.from({ length: size }, (_, rank) => slice({ rank, size }));

describe('evenSlice', () => {
  it('gives consecutive parts of equal size', () => {
    expect(ofAllRanks(3, (rank) => evenSlice(12, rank, 'heads'))).toEqual([
      { start: 0, end: 4 },
      { start: 4, end: 8 },
      { start: 8, end: 12 },
    ]);
  });

  it('refuses a size that leaves a rest, naming what is split', () => {
    expect(() => evenSlice(14, { rank: 0, size: 4 }, 'number of attention heads')).toThrow(ModelLoadError);
    expect(() => evenSlice(14, { rank: 0, size: 4 }, 'number of attention heads')).toThrow(/attention heads \(14\)/);
  });
});

describe('keyValueHeadSlice', () => {
  it('splits the heads among fewer ranks', () => {
    expect(ofAllRanks(2, (rank) => keyValueHeadSlice(4, rank))).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ]);
  });

  it('gives neighbouring ranks a copy of the head that their query heads use', () => {
    expect(ofAllRanks(8, (rank) => keyValueHeadSlice(2, rank)).map(({ start }) => start)).toEqual([
      0, 0, 0, 0, 1, 1, 1, 1,
    ]);
  });

  it('refuses more ranks that are no multiple of the heads', () => {
    expect(() => keyValueHeadSlice(2, { rank: 0, size: 3 })).toThrow(ModelLoadError);
  });
});

describe('vocabularySlice', () => {
  it('covers the vocabulary with a short last part', () => {
    expect(vocabularyWidth(10, 4)).toBe(3);
    expect(ofAllRanks(4, (rank) => vocabularySlice(10, rank))).toEqual([
      { start: 0, end: 3 },
      { start: 3, end: 6 },
      { start: 6, end: 9 },
      { start: 9, end: 10 },
    ]);
  });

  it('leaves ranks beyond the vocabulary with nothing', () => {
    expect(vocabularySlice(5, { rank: 3, size: 4 })).toEqual({ start: 5, end: 5 });
  });
});
