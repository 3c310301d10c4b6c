import { readByteSpelling } from './byte-alphabet.js';

/** What one token stands for. Added tokens end a run of bytes: what is unfinished before them stays unfinished. */
type Piece =
  | { readonly kind: 'added'; readonly text: string; readonly isSpecial: boolean }
  /** Whole characters, so that pieces side by side are their texts side by side. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Buffer };

/** Does not end a run of bytes either. */
const EMPTY: Piece = { kind: 'bytes', bytes: Buffer.alloc(0) };

function pieceOf(token: string): Piece {
  const buffer = readByteSpelling(token) ?? Buffer.from(token);
  const text = buffer.toString('utf8');
  return Buffer.from(text).equals(buffer) ? { kind: 'text', text } : { kind: 'bytes', bytes: buffer };
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

/** A vocabulary whose tokens are bytes in GPT-2's alphabet, as byte-level BPE has it. Decodes a token in a lookup. */
export class ByteLevelDecoder {
  readonly #tokenOf: (tokenId: number) => string | undefined;
  readonly #pieces = new Map<number, Piece>();

  /** @param tokenOf the vocabulary's spelling of a token; undefined for ids that it does not have. */
  constructor(tokenOf: (tokenId: number) => string | undefined, addedTokens: Iterable<AddedToken>) {
    this.#tokenOf = tokenOf;
    for (const { id, content, special } of addedTokens) {
      this.#pieces.set(id, { kind: 'added', text: content, isSpecial: special });
    }
  }

  /** Bytes that are no whole UTF-8 character become U+FFFD; unknown ids become nothing. */
  decode(tokenIds: readonly number[], skipSpecialTokens: boolean): string {
    let text = '';
    let run: Buffer[] = [];
    const flush = (): void => {
      if (run.length > 0) text += Buffer.concat(run).toString('utf8');
      run = [];
    };
    for (const tokenId of tokenIds) {
      const piece = this.#piece(tokenId);
      if (piece.kind === 'bytes') run.push(piece.bytes);
      else if (piece.kind === 'text') {
        flush();
        text += piece.text;
      } else if (!piece.isSpecial || !skipSpecialTokens) {
        flush();
        text += piece.text;
      }
    }
    flush();
    return text;
  }

  #piece(tokenId: number): Piece {
    const cached = this.#pieces.get(tokenId);
    if (cached !== undefined) return cached;
    const token = this.#tokenOf(tokenId);
    const piece = token === undefined ? EMPTY : pieceOf(token);
    this.#pieces.set(tokenId, piece);
    return piece;
  }
}

/** The decoder of a tokenizer.json is nothing but the byte alphabet. */
export function isByteLevelDecoder(decoder: unknown): boolean {
  return typeof decoder === 'object' && decoder !== null && 'type' in decoder && decoder.type === 'ByteLevel';
}
