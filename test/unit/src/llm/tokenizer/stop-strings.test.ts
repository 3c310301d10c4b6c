import { findStop, heldBackLength } from '../../../../../src/llm/tokenizer/stop-strings.js';

describe('findStop', () => {
  it('finds the stop string that begins first', () => {
    expect(findStop('one two three', ['three', 'two'], 0)).toEqual({ stop: 'two', index: 4 });
  });

  it('prefers the one named first at the same place', () => {
    expect(findStop('abc', ['ab', 'abc'], 0)).toEqual({ stop: 'ab', index: 0 });
  });

  it('does not find what ends in the text that was seen', () => {
    expect(findStop('two', ['two'], 2)).toEqual({ stop: 'two', index: 0 });
    expect(findStop('two', ['two'], 3)).toBeUndefined();
  });

  it('does not find a short one in seen text because another is long', () => {
    expect(findStop('ab, then', ['ab', 'a long one'], 2)).toBeUndefined();
  });
});

describe('heldBackLength', () => {
  it('is the longest end of the text that begins a stop string', () => {
    expect(heldBackLength('story END', ['END OF', 'D'])).toBe(3);
    expect(heldBackLength('story aab', ['abc', 'aabaab'])).toBe(3);
  });

  it('is 0 when no stop string can begin there', () => {
    expect(heldBackLength('story', ['END'])).toBe(0);
    expect(heldBackLength('story', [])).toBe(0);
    expect(heldBackLength('', ['END'])).toBe(0);
  });
});
