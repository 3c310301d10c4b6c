import fc from 'fast-check';
import { ModelLoadError } from '../../../../../src/core/index.js';
import { checkVocabulary } from '../../../../../src/llm/tokenizer/check-vocabulary.js';

const check = (json: unknown, vocabSize = 4) => checkVocabulary(json, vocabSize, '/m/tokenizer.json');

describe('checkVocabulary', () => {
  it('takes a tokenizer with as many tokens as the model or fewer', () => {
    check({ model: { vocab: { a: 0, b: 3 } }, added_tokens: [{ id: 2, content: '<s>' }] });
    check({
      model: {
        vocab: [
          ['a', -1],
          ['b', -2.5],
        ],
      },
    });
  });

  it.each([
    ['a token of the vocabulary', { model: { vocab: { a: 0, b: 4 } } }, 'its token "b" has the id 4'],
    ['an added token', { model: { vocab: { a: 0 } }, added_tokens: [{ id: 9, content: '<s>' }] }, 'its token "<s>"'],
    ['a token of a unigram model', { model: { vocab: Array.from('abcde', (token) => [token, 0]) } }, 'its token "e"'],
  ])('names %s that the model has no row for', (_, json, message) => {
    expect(() => check(json)).toThrow(ModelLoadError);
    expect(() => check(json)).toThrow(`/m/tokenizer.json does not belong to this model: ${message}`);
  });

  it('refuses an empty vocabulary', () => {
    expect(() => check({ model: { vocab: {} } })).toThrow('has an empty vocabulary');
  });

  it('throws nothing but a ModelLoadError, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ model: fc.record({ vocab: fc.jsonValue() }) })), (json) => {
        try {
          check(json, 2);
        } catch (error) {
          expect(error).toBeInstanceOf(ModelLoadError);
        }
      }),
    );
  });
});
