import { describeMismatch } from '../../../../../worker/model/weights/describe-mismatch.js';

const slice = { name: 'w', shape: [101, 48], shapeFrom: ['vocab_size', 'hidden_size'], rows: { start: 0, end: 101 } };

describe('describeMismatch', () => {
  it('names the field of the dim that differs', () => {
    expect(describeMismatch(slice, [100, 48])).toBe('[101,48] (vocab_size)');
    expect(describeMismatch(slice, [101, 64])).toBe('[101,48] (hidden_size)');
  });

  it('names all fields when all dims differ, or their number', () => {
    expect(describeMismatch(slice, [48, 101])).toBe('[101,48] (vocab_size, hidden_size)');
    expect(describeMismatch(slice, [4848])).toBe('[101,48] (vocab_size, hidden_size)');
  });

  it('names none where none is known', () => {
    expect(describeMismatch({ name: 'w', shape: [3], rows: slice.rows }, [4])).toBe('[3]');
  });
});
