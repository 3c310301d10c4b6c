import type { GrammarSpec } from './grammar-spec.js';

/** What one output may still become. Remembers the tokens that it accepted. */
export interface GrammarMatcher {
  /** False, changing nothing, for a token that is not allowed. */
  acceptToken(tokenId: number): boolean;
  /**
   * Writes which tokens may follow. Not to be called of a terminated one.
   * @param bitmask int32 [ceil(vocabSize / 32)]: token t is allowed when bit t % 32 of word floor(t / 32) is 1.
   */
  fillNextTokenBitmask(bitmask: Int32Array): void;
  /** It accepted an end token, which it allows where the output is complete. */
  isTerminated(): boolean;
  /** Gives its memory back; it is not used any more. */
  dispose(): void;
}

export interface CompiledGrammar {
  /** At the beginning of an output. It outlives this grammar's `dispose`. */
  createMatcher(): GrammarMatcher;
  dispose(): void;
}

/** Compiles grammars for one vocabulary. Synchronous, since the engine core's loop is. */
export interface GrammarBackend {
  /** @throws {InvalidArgumentError} naming the field and what is wrong with it. */
  compile(spec: GrammarSpec): CompiledGrammar;
}

/** The tokens of a model as grammars see them. */
export interface GrammarVocabulary {
  /** Of every token id below the model's vocabSize: its bytes in the byte-level alphabet; empty: never allowed. */
  readonly spellings: readonly string[];
  /** What ends an output, where it is complete. */
  readonly eosTokenIds: readonly number[];
}

export type GrammarBackendFactory = (vocabulary: GrammarVocabulary) => Promise<GrammarBackend>;
