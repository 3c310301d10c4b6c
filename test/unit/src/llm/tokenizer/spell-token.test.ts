import { spellToken } from '../../../../../src/llm/tokenizer/spell-token.js';

describe('spellToken', () => {
  it.each([
    ['bytes', 'Ġfox', 'Ġfox'],
    ['bytes', 'Ã', 'Ã'],
    ['bytes', '日', 'æĹ¥'],
    ['text', ' ä', 'ĠÃ¤'],
    ['text', '<0x41>', '<0x41>'],
    ['pieces', '▁fox', 'Ġfox'],
    ['pieces', '<0xC3>', 'Ã'],
    ['pieces', '<0x0A>', 'Ċ'],
    ['pieces', 'ä', 'Ã¤'],
    ['text', '', ''],
  ] as const)('of %s spells %j as %j', (notation, token, spelling) => {
    expect(spellToken(token, notation)).toBe(spelling);
  });
});
