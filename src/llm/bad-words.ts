import type { SamplingParams } from './sampling-params.js';

/** The part of a tokenizer that bad words need. */
export interface TextEncoder {
  encode(text: string, options: { readonly addSpecialTokens: boolean }): readonly number[];
}

/**
 * A word as the tokens that it is at the beginning of a text and, where they differ and are as many, after a space: with
 * more tokens the word's own are among them.
 */
function spellingsOf(word: string, tokenizer: TextEncoder): (readonly number[])[] {
  const trimmed = word.trimStart();
  const plain = tokenizer.encode(trimmed, { addSpecialTokens: false });
  const spaced = tokenizer.encode(` ${trimmed}`, { addSpecialTokens: false });
  return spaced[0] !== plain[0] && spaced.length === plain.length ? [plain, spaced] : [plain];
}

/** The words that the output must not have, as tokens; none is empty. The spellings are those that vLLM bans. */
export function badWordsTokenIds(
  { badWords }: Pick<SamplingParams, 'badWords'>,
  tokenizer: TextEncoder,
): (readonly number[])[] {
  return badWords.flatMap((word) => spellingsOf(word, tokenizer)).filter((tokenIds) => tokenIds.length > 0);
}
