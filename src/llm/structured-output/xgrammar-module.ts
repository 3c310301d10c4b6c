import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { InternalError } from '../../core/index.js';

const require = createRequire(import.meta.url);

/** An object of the WebAssembly module's memory, which must be deleted. */
export interface XgrammarHandle {
  delete(): void;
}

export interface XgrammarMatcher extends XgrammarHandle {
  AcceptToken(tokenId: number, verbose: boolean): boolean;
  GetNextTokenBitmask(vocabSize: number): XgrammarHandle;
  IsTerminated(): boolean;
}

export interface XgrammarCompiler extends XgrammarHandle {
  CompileJSONSchema(
    schema: string,
    anyWhitespace: boolean,
    indent: number | undefined,
    separators: undefined,
    strictMode: boolean,
    maxWhitespace: undefined,
  ): XgrammarHandle;
  CompileGrammar(grammar: XgrammarHandle): XgrammarHandle;
  CompileStructuralTag(tag: string): XgrammarHandle;
}

/**
 * What of xgrammar's WebAssembly module is used. Where C++ throws an exception, a call throws its address; where it aborts,
 * an error, after it wrote why.
 */
export interface XgrammarModule {
  readonly HEAPU8: Uint8Array;
  vecStringFromJSArray(strings: readonly string[]): XgrammarHandle;
  vecIntFromJSArray(ints: readonly number[]): XgrammarHandle;
  /** Valid until the module's memory grows. */
  vecIntToView(ints: XgrammarHandle): Int32Array;
  readonly TokenizerInfo: new (
    vocabulary: XgrammarHandle,
    notation: 'BYTE_LEVEL',
    vocabSize: number,
    stopTokenIds: XgrammarHandle,
    prependsSpace: boolean,
  ) => XgrammarHandle;
  readonly Grammar: { FromEBNF(grammar: string, rootRule: string): XgrammarHandle };
  readonly GrammarCompiler: new (
    tokenizerInfo: XgrammarHandle,
    maxThreads: number,
    isCaching: boolean,
  ) => XgrammarCompiler;
  readonly GrammarMatcher: new (
    grammar: XgrammarHandle,
    stopTokenIds: undefined,
    terminateWithoutStopToken: boolean,
    maxRollbackTokens: number,
  ) => XgrammarMatcher;
}

interface ModuleHooks {
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}

type Instantiate = (hooks: ModuleHooks) => Promise<XgrammarModule>;

/** The package keeps the module to itself and wraps it in promises, which a synchronous loop has no use for. */
const EXPORTS = 'exports.default = index;';
const EXPORTS_WITH_MODULE = `${EXPORTS} exports.instantiate = Module;`;

async function loadPackage(): Promise<Instantiate> {
  const path = require.resolve('@mlc-ai/web-xgrammar');
  const source = await readFile(path, 'utf8');
  if (!source.includes(EXPORTS))
    throw new InternalError(`${path} is not the version of xgrammar that this was made for.`);
  // Its package.json calls it an ES module, which it isn't. Without `process` it is as in a browser: its code for Node.js
  // imports modules, which evaluated code may not.
  const parameters = ['exports', 'module', 'require', '__filename', 'process'];
  const evaluate = compileFunction(source.replace(EXPORTS, EXPORTS_WITH_MODULE), parameters, { filename: path });
  const module = { exports: {} as { readonly instantiate: Instantiate } };
  evaluate(module.exports, module, require, path, undefined);
  return module.exports.instantiate;
}

let loading: Promise<Instantiate> | undefined;

/**
 * A new instance of the module; the first call reads and compiles the package.
 * @param onMessage what the module writes, errors among it.
 */
export async function instantiateXgrammar(onMessage: (line: string) => void): Promise<XgrammarModule> {
  loading ??= loadPackage();
  const instantiate = await loading;
  return instantiate({ print: onMessage, printErr: onMessage });
}
