import { findStop, heldBackLength } from './stop-strings.js';

/** The part of a tokenizer that detokenizing needs. */
export interface TokenDecoder {
  decode(tokenIds: readonly number[], options: { readonly skipSpecialTokens: boolean }): string;
}

export interface DetokenizerOptions {
  readonly skipSpecialTokens: boolean;
  /** Stop strings; empty for none. */
  readonly stop: readonly string[];
  readonly includeStopStrInOutput: boolean;
  /** No stop string counts in the text of the first so many tokens. */
  readonly minTokens: number;
}

const REPLACEMENT_CHARACTER = '\uFFFD';

/** A UTF-8 character has at most so many bytes, and a token that shows anything at least one. */
const MAX_TOKENS_OF_CHARACTER = 4;

/**
 * Text of a token stream, piece by piece. A piece holds back what is not sure yet: bytes of an unfinished UTF-8 character,
 * and characters that may begin a stop string. The pieces joined are the text of all tokens, up to the stop string.
 *
 * A token's text depends on those before it, so each piece is the difference of two decodes of a short window, one with
 * and one without the new tokens (the method of vLLM's and text-generation-inference's detokenizers).
 */
export class IncrementalDetokenizer {
  readonly #decoder: TokenDecoder;
  readonly #options: DetokenizerOptions;
  readonly #tokenIds: number[] = [];
  /** The window's begin; tokens before it don't influence what comes. */
  #windowStart = 0;
  /** Tokens before this are in #text. */
  #readTokens = 0;
  #text = '';
  #deliveredLength = 0;
  #stopString: string | undefined;

  constructor(decoder: TokenDecoder, options: DetokenizerOptions) {
    this.#decoder = decoder;
    this.#options = options;
  }

  /** Everything decoded so far, with what is held back; after a stop string only what comes before it. */
  get text(): string {
    return this.#text;
  }

  /** The stop string that was found; nothing is added after it. */
  get stopString(): string | undefined {
    return this.#stopString;
  }

  /** Adds a token and returns the text that has become sure. */
  push(tokenId: number): string {
    this.#tokenIds.push(tokenId);
    this.#decodeWindow(false);
    return this.#deliver(heldBackLength(this.#text, this.#options.stop));
  }

  /** Returns what was held back: no token follows. */
  finish(): string {
    this.#decodeWindow(true);
    return this.#deliver(0);
  }

  #decode(start: number, end: number): string {
    const { skipSpecialTokens } = this.#options;
    return this.#decoder.decode(this.#tokenIds.slice(start, end), { skipSpecialTokens });
  }

  #decodeWindow(isLast: boolean): void {
    if (this.#stopString !== undefined || this.#readTokens === this.#tokenIds.length) return;
    const before = this.#decode(this.#windowStart, this.#readTokens);
    const after = this.#decode(this.#windowStart, this.#tokenIds.length);
    if (isLast || !after.endsWith(REPLACEMENT_CHARACTER)) this.#read(this.#tokenIds.length, before, after);
    else this.#readInvalidBytes(before, after);
  }

  /** Bytes that no later ones can complete are not waited on, or the window of a long run of them would grow with it. */
  #readInvalidBytes(before: string, after: string): void {
    const end = this.#tokenIds.length - MAX_TOKENS_OF_CHARACTER;
    if (end <= this.#readTokens) return;
    const settled = this.#decode(this.#windowStart, end);
    if (after.startsWith(settled)) this.#read(end, before, settled);
  }

  /** @param before the window's text up to the tokens that are read. @param after its text up to `end`. */
  #read(end: number, before: string, after: string): void {
    // A window that shows nothing, such as of skipped special tokens, would make the next token the first of a text.
    if (after.length > before.length) this.#windowStart = this.#readTokens;
    this.#readTokens = end;
    this.#append(after.slice(before.length));
  }

  #append(newText: string): void {
    const { stop, includeStopStrInOutput, minTokens } = this.#options;
    const numSeen = this.#text.length;
    this.#text += newText;
    if (this.#tokenIds.length <= minTokens) return;
    const match = findStop(this.#text, stop, numSeen);
    if (match === undefined) return;
    this.#stopString = match.stop;
    this.#text = this.#text.slice(0, match.index + (includeStopStrInOutput ? match.stop.length : 0));
  }

  #deliver(numHeldBack: number): string {
    const isStopped = this.#stopString !== undefined;
    const end = isStopped ? this.#text.length : Math.max(this.#deliveredLength, this.#text.length - numHeldBack);
    const piece = this.#text.slice(this.#deliveredLength, end);
    this.#deliveredLength = end;
    return piece;
  }
}
