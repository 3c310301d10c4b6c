import { badWordsTokenIds } from '../../../../src/llm/bad-words.js';

const vocabulary: Readonly<Record<string, number[]>> = {
  fox: [10],
  ' fox': [20],
  foxes: [10, 11],
  ' foxes': [20, 11],
  Foxglove: [12, 13],
  ' Foxglove': [21, 22, 23],
  '7': [30],
  ' 7': [30],
  '': [],
  ' ': [],
};

const tokenizer = { encode: (text: string) => vocabulary[text]! };

const tokensOf = (...badWords: string[]) => badWordsTokenIds({ badWords }, tokenizer);

describe('badWordsTokenIds', () => {
  it('bans a word at the beginning of a text and after a space', () => {
    expect(tokensOf('fox', 'foxes')).toEqual([[10], [20], [10, 11], [20, 11]]);
  });

  it('takes a word as the same with spaces before it', () => {
    expect(tokensOf('  fox')).toEqual([[10], [20]]);
  });

  it('leaves the spelling after a space where it has other tokens beside those of the space', () => {
    expect(tokensOf('Foxglove', '7')).toEqual([[12, 13], [30]]);
  });

  it('bans nothing for a word of spaces', () => {
    expect(tokensOf(' ')).toEqual([]);
  });
});
