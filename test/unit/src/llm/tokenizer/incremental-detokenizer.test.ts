import fc from 'fast-check';
import {
  type DetokenizerOptions,
  IncrementalDetokenizer,
  type TokenDecoder,
} from '../../../../../src/llm/tokenizer/incremental-detokenizer.js';

/** Token i is byte i; 256 is a special token. */
const SPECIAL = 256;
const byteDecoder: TokenDecoder = {
  decode: (tokenIds, { skipSpecialTokens }) => {
    const shown = tokenIds.filter((id) => id !== SPECIAL || !skipSpecialTokens);
    const bytes = shown.flatMap((id) => (id === SPECIAL ? [...Buffer.from('<end>')] : [id]));
    return Buffer.from(bytes).toString('utf8');
  },
};

const create = (options: Partial<DetokenizerOptions> = {}, decoder = byteDecoder) =>
  new IncrementalDetokenizer(decoder, {
    skipSpecialTokens: true,
    stop: [],
    includeStopStrInOutput: false,
    minTokens: 0,
    ...options,
  });

/** The pieces that a text's bytes give, then the rest. */
function pieces(detokenizer: IncrementalDetokenizer, text: string): string[] {
  const pushed = [...Buffer.from(text)].map((byte) => detokenizer.push(byte));
  return [...pushed, detokenizer.finish()];
}

describe('IncrementalDetokenizer', () => {
  it('delivers text as it comes', () => {
    expect(pieces(create(), 'abc')).toEqual(['a', 'b', 'c', '']);
  });

  it('holds back the bytes of an unfinished character', () => {
    expect(pieces(create(), 'é🦊')).toEqual(['', 'é', '', '', '', '🦊', '']);
  });

  it('delivers an unfinished character at the end as a replacement character', () => {
    const detokenizer = create();
    expect([detokenizer.push(97), detokenizer.push(0xc3), detokenizer.finish()]).toEqual(['a', '', '\uFFFD']);
  });

  it('decodes a short window however long a run of invalid bytes is', () => {
    const windows: number[] = [];
    const decoder: TokenDecoder = {
      decode: (ids, options) => {
        windows.push(ids.length);
        return byteDecoder.decode(ids, options);
      },
    };
    const detokenizer = create({}, decoder);
    const shown = Array.from({ length: 500 }, () => detokenizer.push(0xff));
    expect(shown.join('') + detokenizer.finish()).toBe('\uFFFD'.repeat(500));
    expect(Math.max(...windows)).toBeLessThan(12);
  });

  it('gives the text of any bytes, in whatever tokens they come', () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xf0, 0x9f, 0xa6, 0x8a, 0xe2, 0x82, 0xac));
    const tokens = fc.array(fc.array(byte, { minLength: 1, maxLength: 3 }), { maxLength: 40 });
    fc.assert(
      fc.property(tokens, (vocabulary) => {
        const decoder: TokenDecoder = {
          decode: (ids) => Buffer.from(ids.flatMap((id) => vocabulary[id]!)).toString('utf8'),
        };
        const detokenizer = create({}, decoder);
        const shown = vocabulary.map((_, id) => detokenizer.push(id)).join('') + detokenizer.finish();
        expect(shown).toBe(Buffer.from(vocabulary.flat()).toString('utf8'));
      }),
      { numRuns: 2_000 },
    );
  });

  it('shows special tokens only when they are not skipped', () => {
    expect([create().push(SPECIAL), create({ skipSpecialTokens: false }).push(SPECIAL)]).toEqual(['', '<end>']);
  });

  it('keeps the space before a word behind a skipped special token, where a text does not begin with one', () => {
    const words = ['once', ' upon', ' a', ''];
    const decoder: TokenDecoder = {
      decode: (ids) =>
        ids
          .map((id) => words[id])
          .join('')
          .replace(/^ /, ''),
    };
    const detokenizer = create({}, decoder);
    expect([0, 3, 3, 1, 3, 2].map((tokenId) => detokenizer.push(tokenId)).join('')).toBe('once upon a');
  });

  it('stops at no string within the first tokens, also beside a longer one', () => {
    const detokenizer = create({ stop: ['ab', 'something long'], minTokens: 2 });
    expect(pieces(detokenizer, 'abc').join('')).toBe('abc');
  });

  it('delivers pieces that joined are the text of all tokens', () => {
    const options = { skipSpecialTokens: fc.boolean(), stop: fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }) };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 256 })),
        fc.record(options),
        (tokenIds, { skipSpecialTokens, stop }) => {
          const detokenizer = create({ skipSpecialTokens, stop });
          const text = tokenIds.map((tokenId) => detokenizer.push(tokenId)).join('') + detokenizer.finish();
          expect(text).toBe(detokenizer.text);
          if (detokenizer.stopString === undefined) {
            expect(text).toBe(byteDecoder.decode(tokenIds, { skipSpecialTokens }));
          }
        },
      ),
    );
  });

  describe('with stop strings', () => {
    it('holds back what may begin one and lets go what does not', () => {
      expect(pieces(create({ stop: ['END'] }), 'xENx')).toEqual(['x', '', '', 'ENx', '']);
    });

    it('ends the text before the stop string', () => {
      const detokenizer = create({ stop: ['END'] });
      expect(pieces(detokenizer, 'a ENDs').join('')).toBe('a ');
      expect([detokenizer.text, detokenizer.stopString]).toEqual(['a ', 'END']);
    });

    it('keeps the stop string when asked to', () => {
      const detokenizer = create({ stop: ['END'], includeStopStrInOutput: true });
      expect(pieces(detokenizer, 'a ENDs').join('')).toBe('a END');
    });

    it('delivers at the end what was held back', () => {
      expect(pieces(create({ stop: ['END'] }), 'EN').at(-1)).toBe('EN');
    });

    it('finds a stop string that comes in one token', () => {
      const detokenizer = create({ stop: ['d>'], skipSpecialTokens: false });
      expect(detokenizer.push(SPECIAL)).toBe('<en');
    });

    it('finds none within the first minTokens tokens', () => {
      const detokenizer = create({ stop: ['a'], minTokens: 2 });
      expect(pieces(detokenizer, 'aaba').join('')).toBe('aab');
    });
  });
});
