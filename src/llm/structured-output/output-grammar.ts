import { InternalError, toError } from '../../core/index.js';
import type { GrammarMatcher } from './grammar-backend.js';

const BITS = 32;
const ALL_ALLOWED = -1;

/**
 * The grammar that one request's output follows. A failure of its matcher is the request's alone: from then on everything is
 * allowed, and {@link failure} says why the request has to end.
 */
export class OutputGrammar {
  readonly #matcher: GrammarMatcher;
  readonly #eosTokenIds: readonly number[];
  readonly #bitmask: Int32Array;
  #failure: InternalError | undefined;

  constructor(matcher: GrammarMatcher, vocabSize: number, eosTokenIds: readonly number[]) {
    this.#matcher = matcher;
    this.#eosTokenIds = eosTokenIds;
    this.#bitmask = new Int32Array(Math.ceil(vocabSize / BITS));
  }

  get failure(): InternalError | undefined {
    return this.#failure;
  }

  /**
   * Which tokens may come next; after the end nothing but the end again.
   * @returns int32 [ceil(vocabSize / 32)], see GrammarBitmask; valid until the next call.
   */
  nextTokenBitmask(): Int32Array {
    this.#try('give the tokens that may come next', () => this.#fill());
    if (this.#failure !== undefined) this.#bitmask.fill(ALL_ALLOWED);
    return this.#bitmask;
  }

  accept(tokenId: number): void {
    this.#try(`take token ${tokenId}`, () => {
      if (this.#matcher.isTerminated() || this.#matcher.acceptToken(tokenId)) return;
      throw new InternalError('The token is not one of those that it allowed.');
    });
  }

  dispose(): void {
    this.#matcher.dispose();
  }

  #fill(): void {
    if (!this.#matcher.isTerminated()) {
      this.#matcher.fillNextTokenBitmask(this.#bitmask);
      return;
    }
    this.#bitmask.fill(0);
    for (const tokenId of this.#eosTokenIds) this.#bitmask[Math.floor(tokenId / BITS)]! |= 1 << (tokenId % BITS);
  }

  #try(what: string, call: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      call();
    } catch (cause) {
      this.#failure = new InternalError(`The grammar of the output could not ${what}: ${toError(cause).message}`, {
        cause,
      });
    }
  }
}
