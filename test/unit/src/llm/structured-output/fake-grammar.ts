import type {
  CompiledGrammar,
  GrammarBackend,
  GrammarMatcher,
} from '../../../../../src/llm/structured-output/grammar-backend.js';
import type { GrammarSpec } from '../../../../../src/llm/structured-output/grammar-spec.js';

export const ebnf = (source: string): GrammarSpec => ({ kind: 'ebnf', source, anyWhitespace: true, field: 'grammar' });

/** Allows the tokens one after the other, the last of which ends it. */
export class SequenceMatcher implements GrammarMatcher {
  readonly #tokenIds: readonly number[];
  #numAccepted = 0;
  isDisposed = false;

  constructor(tokenIds: readonly number[]) {
    this.#tokenIds = tokenIds;
  }

  acceptToken(tokenId: number): boolean {
    if (tokenId !== this.#tokenIds[this.#numAccepted]) return false;
    this.#numAccepted += 1;
    return true;
  }

  fillNextTokenBitmask(bitmask: Int32Array): void {
    bitmask.fill(0);
    const tokenId = this.#tokenIds[this.#numAccepted]!;
    bitmask[Math.floor(tokenId / 32)] = 1 << (tokenId % 32);
  }

  isTerminated(): boolean {
    return this.#numAccepted === this.#tokenIds.length;
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

/** Takes a list of token ids for a grammar; `bad` is none. Notes what was done. */
export class SequenceBackend implements GrammarBackend {
  readonly #events: string[];

  constructor(events: string[]) {
    this.#events = events;
  }

  compile({ source }: GrammarSpec): CompiledGrammar {
    this.#events.push(`compile ${source}`);
    if (source === 'bad') throw new Error('no grammar');
    return {
      createMatcher: () => new SequenceMatcher(source.split(' ').map(Number)),
      dispose: () => this.#events.push(`dispose ${source}`),
    };
  }
}
