import fc from 'fast-check';
import { ByteLevelDecoder, isByteLevelDecoder } from '../../../../../src/llm/tokenizer/byte-level-decoder.js';

/** GPT-2's spelling of some bytes: é is C3 A9, a space is Ġ, a line feed Ċ. */
const spellings = ['a', 'Ġb', 'Ã', '©', 'Ċ', 'Ã©', '日', 'x'];
const bytes = ['a', ' b', [0xc3], [0xa9], '\n', 'é', '日', 'x'].map((piece) =>
  typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece),
);
const ADDED = 8;
const SPECIAL = 9;
const UNKNOWN = 10;

const decoder = new ByteLevelDecoder(
  (id) => spellings[id],
  [
    { id: ADDED, content: '<tool>', special: false },
    { id: SPECIAL, content: '<end>', special: true },
  ],
);

describe('ByteLevelDecoder', () => {
  it('joins characters whose bytes are in two tokens', () => {
    expect(decoder.decode([0, 2, 3, 1], true)).toBe('aé b');
  });

  it('gives a replacement character for an unfinished one', () => {
    expect(decoder.decode([2, 0], true)).toBe('\uFFFDa');
  });

  it('shows special tokens only when they are not skipped, and other added tokens always', () => {
    expect([decoder.decode([SPECIAL, ADDED], true), decoder.decode([SPECIAL, ADDED], false)]).toEqual([
      '<tool>',
      '<end><tool>',
    ]);
  });

  it('ends a character at an added token, not at one that is skipped or unknown', () => {
    expect(decoder.decode([2, ADDED, 3], true)).toBe('\uFFFD<tool>\uFFFD');
    expect(decoder.decode([2, SPECIAL, UNKNOWN, 3], true)).toBe('é');
  });

  it('decodes any tokens as their bytes side by side', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(spellings.length - 1)), (tokenIds) => {
        expect(decoder.decode(tokenIds, true)).toBe(Buffer.concat(tokenIds.map((id) => bytes[id]!)).toString('utf8'));
      }),
    );
  });

  it.each([
    [{ type: 'ByteLevel', add_prefix_space: true }, true],
    [{ type: 'Sequence', decoders: [] }, false],
    [null, false],
    [undefined, false],
  ])('is for the decoder %j: %s', (json, expected) => {
    expect(isByteLevelDecoder(json)).toBe(expected);
  });
});
