import { InvalidArgumentError } from '../../core/index.js';
import type { CompiledGrammar, GrammarBackend, GrammarVocabulary } from './grammar-backend.js';
import type { GrammarSpec } from './grammar-spec.js';
import { xgrammarFailure } from './xgrammar-failure.js';
import { XgrammarCompiledGrammar } from './xgrammar-matcher.js';
import {
  instantiateXgrammar,
  type XgrammarCompiler,
  type XgrammarHandle,
  type XgrammarModule,
} from './xgrammar-module.js';

/** As the structural tag that is nothing but the expression: the module has no other way to regular expressions. */
const regexTag = (pattern: string): string =>
  JSON.stringify({ type: 'structural_tag', format: { type: 'regex', pattern } });

function createCompiler(module: XgrammarModule, { spellings, eosTokenIds }: GrammarVocabulary): XgrammarCompiler {
  const vocabulary = module.vecStringFromJSArray(spellings);
  const stopTokenIds = module.vecIntFromJSArray(eosTokenIds);
  const info = new module.TokenizerInfo(vocabulary, 'BYTE_LEVEL', spellings.length, stopTokenIds, false);
  const compiler = new module.GrammarCompiler(info, 1, false);
  for (const handle of [vocabulary, stopTokenIds, info]) handle.delete();
  return compiler;
}

function compileEbnf(module: XgrammarModule, compiler: XgrammarCompiler, source: string): XgrammarHandle {
  const grammar = module.Grammar.FromEBNF(source, 'root');
  const compiled = compiler.CompileGrammar(grammar);
  grammar.delete();
  return compiled;
}

function compile(module: XgrammarModule, compiler: XgrammarCompiler, spec: GrammarSpec): XgrammarHandle {
  const { kind, source, anyWhitespace } = spec;
  switch (kind) {
    case 'json-schema':
      return compiler.CompileJSONSchema(source, anyWhitespace, undefined, undefined, true, undefined);
    case 'regex':
      return compiler.CompileStructuralTag(regexTag(source));
    case 'structural-tag':
      return compiler.CompileStructuralTag(source);
    case 'ebnf':
      return compileEbnf(module, compiler, source);
  }
}

/** xgrammar in WebAssembly. After a grammar that it refuses the instance is not used for another: it stopped half-way. */
export class XgrammarBackend implements GrammarBackend {
  readonly #module: XgrammarModule;
  readonly #compiler: XgrammarCompiler;
  readonly #vocabSize: number;
  readonly #lines: string[];

  private constructor(module: XgrammarModule, vocabulary: GrammarVocabulary, lines: string[]) {
    this.#module = module;
    this.#compiler = createCompiler(module, vocabulary);
    this.#vocabSize = vocabulary.spellings.length;
    this.#lines = lines;
  }

  static async load(vocabulary: GrammarVocabulary): Promise<XgrammarBackend> {
    const lines: string[] = [];
    return new XgrammarBackend(await instantiateXgrammar((line) => lines.push(line)), vocabulary, lines);
  }

  compile(spec: GrammarSpec): CompiledGrammar {
    this.#lines.length = 0;
    try {
      const grammar = compile(this.#module, this.#compiler, spec);
      return new XgrammarCompiledGrammar(this.#module, grammar, this.#vocabSize);
    } catch (error) {
      const reason = xgrammarFailure(this.#module, error, this.#lines);
      // A C++ exception is but an address.
      const cause = error instanceof Error ? error : undefined;
      throw new InvalidArgumentError(`structuredOutputs.${spec.field} is not valid: ${reason}`, { cause });
    }
  }
}
