import { checkPrompt } from '../../../../src/llm/prompt.js';

const model = { vocabSize: 100, maxModelLen: 8 };
const check = (promptTokenIds: number[]) => () => checkPrompt(promptTokenIds, model);

describe('checkPrompt', () => {
  it('takes a prompt that leaves room for one token', () => {
    expect(check([0, 99, 1, 2, 3, 4, 5])).not.toThrow();
  });

  it('refuses an empty prompt', () => {
    expect(check([])).toThrow('The decoder prompt cannot be empty.');
  });

  it.each([[100], [-1], [1.5]])('refuses the token %d', (tokenId) => {
    expect(check([1, tokenId])).toThrow(`Token id ${tokenId} is out of vocabulary.`);
  });

  it('refuses a prompt that is longer than the model', () => {
    expect(check(new Array<number>(9).fill(1))).toThrow(
      'The decoder prompt (length 9) is longer than the maximum model length of 8.',
    );
  });

  it('refuses a prompt that fills the model', () => {
    expect(check(new Array<number>(8).fill(1))).toThrow(
      'The decoder prompt (length 8) plus the number of requested output tokens (at least 1) is longer than the maximum model length of 8.',
    );
  });
});
