import type { CompiledGrammar, GrammarBackend, GrammarBackendFactory, GrammarVocabulary } from './grammar-backend.js';
import { type GrammarSpec, grammarKey } from './grammar-spec.js';
import { OutputGrammar } from './output-grammar.js';

/** A grammar for a large vocabulary takes some megabytes. */
const MAX_GRAMMARS = 64;

/** Compiles grammars, each once while it is among those used last. The backend is loaded when the first is asked for. */
export class GrammarCache {
  readonly #createBackend: GrammarBackendFactory;
  readonly #maxGrammars: number;
  /** The one used last is at the end. */
  readonly #grammars = new Map<string, CompiledGrammar>();
  #vocabulary: GrammarVocabulary = { spellings: [], eosTokenIds: [] };
  #backend: GrammarBackend | undefined;

  constructor(createBackend: GrammarBackendFactory, maxGrammars = MAX_GRAMMARS) {
    this.#createBackend = createBackend;
    this.#maxGrammars = maxGrammars;
  }

  /** Comes before the first {@link createOutputGrammar}. */
  setVocabulary(vocabulary: GrammarVocabulary): void {
    this.#vocabulary = vocabulary;
  }

  has(spec: GrammarSpec): boolean {
    return this.#grammars.has(grammarKey(spec));
  }

  /**
   * The grammar for one output, at its beginning.
   * @throws {InvalidArgumentError} naming the field and what is wrong with it.
   */
  async createOutputGrammar(spec: GrammarSpec): Promise<OutputGrammar> {
    const key = grammarKey(spec);
    const grammar = this.#grammars.get(key) ?? (await this.#compile(spec));
    this.#grammars.delete(key);
    this.#grammars.set(key, grammar);
    this.#evict();
    const { spellings, eosTokenIds } = this.#vocabulary;
    return new OutputGrammar(grammar.createMatcher(), spellings.length, eosTokenIds);
  }

  async #compile(spec: GrammarSpec): Promise<CompiledGrammar> {
    const backend = this.#backend ?? (await this.#createBackend(this.#vocabulary));
    // One that fails is not asked again: it may have stopped half-way.
    this.#backend = undefined;
    const grammar = backend.compile(spec);
    this.#backend = backend;
    return grammar;
  }

  #evict(): void {
    for (const [key, grammar] of this.#grammars) {
      if (this.#grammars.size <= this.#maxGrammars) return;
      this.#grammars.delete(key);
      grammar.dispose();
    }
  }
}
