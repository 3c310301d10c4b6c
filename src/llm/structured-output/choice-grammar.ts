/** Any character by its number, so that none means something to the grammar. */
const escapeCharacter = (character: string): string => `\\U${character.codePointAt(0)!.toString(16).padStart(8, '0')}`;

const literal = (text: string): string => `"${text.replace(/[^A-Za-z0-9 ]/gu, escapeCharacter)}"`;

/** EBNF whose sentences are the texts. */
export const choiceGrammar = (texts: readonly string[]): string => `root ::= ${texts.map(literal).join(' | ')}`;
