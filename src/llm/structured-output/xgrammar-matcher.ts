import type { CompiledGrammar, GrammarMatcher } from './grammar-backend.js';
import type { XgrammarHandle, XgrammarMatcher, XgrammarModule } from './xgrammar-module.js';

class ModuleMatcher implements GrammarMatcher {
  readonly #module: XgrammarModule;
  readonly #matcher: XgrammarMatcher;
  readonly #vocabSize: number;

  constructor(module: XgrammarModule, matcher: XgrammarMatcher, vocabSize: number) {
    this.#module = module;
    this.#matcher = matcher;
    this.#vocabSize = vocabSize;
  }

  acceptToken(tokenId: number): boolean {
    return this.#matcher.AcceptToken(tokenId, false);
  }

  fillNextTokenBitmask(bitmask: Int32Array): void {
    const words = this.#matcher.GetNextTokenBitmask(this.#vocabSize);
    bitmask.set(this.#module.vecIntToView(words));
    words.delete();
  }

  isTerminated(): boolean {
    return this.#matcher.IsTerminated();
  }

  dispose(): void {
    this.#matcher.delete();
  }
}

/** A grammar in the memory of a module, which its matchers share. */
export class XgrammarCompiledGrammar implements CompiledGrammar {
  readonly #module: XgrammarModule;
  readonly #grammar: XgrammarHandle;
  readonly #vocabSize: number;

  /** Owns the grammar. */
  constructor(module: XgrammarModule, grammar: XgrammarHandle, vocabSize: number) {
    this.#module = module;
    this.#grammar = grammar;
    this.#vocabSize = vocabSize;
  }

  createMatcher(): GrammarMatcher {
    const matcher = new this.#module.GrammarMatcher(this.#grammar, undefined, false, -1);
    return new ModuleMatcher(this.#module, matcher, this.#vocabSize);
  }

  dispose(): void {
    this.#grammar.delete();
  }
}
