import { readByteSpelling, spellBytes } from './byte-alphabet.js';

/**
 * How a vocabulary writes its tokens: as the text itself, as bytes in the alphabet of byte-level vocabularies, or as
 * SentencePiece does, with ▁ for a space and <0xE2> for a byte.
 */
export type TokenNotation = 'text' | 'bytes' | 'pieces';

const SPACE_MARK = /\u2581/g;
const BYTE_PIECE = /^<0x([0-9A-Fa-f]{2})>$/;

function bytesOfPiece(piece: string): Uint8Array {
  const byte = BYTE_PIECE.exec(piece)?.[1];
  return byte === undefined ? Buffer.from(piece.replace(SPACE_MARK, ' ')) : Uint8Array.of(Number.parseInt(byte, 16));
}

/** The token's bytes in the alphabet of byte-level vocabularies. */
export function spellToken(token: string, notation: TokenNotation): string {
  if (notation === 'pieces') return spellBytes(bytesOfPiece(token));
  if (notation === 'bytes' && readByteSpelling(token) !== undefined) return token;
  return spellBytes(Buffer.from(token));
}
