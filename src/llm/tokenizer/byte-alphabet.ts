/** The first code point that stands for a byte with no printable character of its own. */
const FIRST_STAND_IN = 0x1_00;

const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

/** GPT-2's alphabet: a printable Latin-1 character for each byte, and code points from U+0100 on for the other bytes. */
function byteAlphabet(): string[] {
  let standIn = FIRST_STAND_IN;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : standIn++));
}

const ALPHABET = byteAlphabet();
const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(ALPHABET.map((character, byte) => [character, byte]));

/** The bytes that a text in the alphabet spells; undefined when a character of it is not of the alphabet. */
export function readByteSpelling(spelling: string): Buffer | undefined {
  const bytes = [...spelling].map((character) => BYTE_OF_CHARACTER.get(character));
  const known = bytes.filter((byte) => byte !== undefined);
  return known.length === bytes.length ? Buffer.from(known) : undefined;
}

/** One character for each byte. */
export function spellBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET[byte]).join('');
}
