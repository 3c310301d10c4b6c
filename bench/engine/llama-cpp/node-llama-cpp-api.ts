/** The part of node-llama-cpp that the benchmark calls; the package itself is installed for a comparison only. */
export interface NodeLlamaCpp {
  getLlama(options: {
    readonly gpu: false;
    readonly build: 'never';
    readonly skipDownload: true;
    readonly maxThreads: number;
    readonly logLevel: 'error';
  }): Promise<Llama>;
}

interface Llama {
  loadModel(options: { readonly modelPath: string }): Promise<LlamaModel>;
}

export interface LlamaModel {
  createContext(options: {
    /** Tokens of each sequence. */
    readonly contextSize: number;
    readonly sequences: number;
    readonly threads: { readonly ideal: number; readonly min: number };
    readonly ignoreMemorySafetyChecks: true;
  }): Promise<LlamaContext>;
}

export interface LlamaContext {
  getSequence(): LlamaSequence;
}

export interface LlamaSequence {
  readonly nextTokenIndex: number;
  /** Computes the tokens and then yields one sampled token after the other, without end. */
  evaluate(
    tokens: readonly number[],
    options: { readonly temperature: 0; readonly yieldEogToken: true },
  ): AsyncGenerator<number, void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  clearHistory(): Promise<void>;
  /** Half-open ranges. */
  eraseContextTokenRanges(ranges: readonly { readonly start: number; readonly end: number }[]): Promise<void>;
  saveStateToFile(path: string): Promise<unknown>;
  loadStateFromFile(path: string, options: { readonly acceptRisk: true }): Promise<void>;
}

/** Not a literal where it is imported: the type checker must not look for a package that need not be there. */
const PACKAGE_NAME: string = 'node-llama-cpp';

/** Only in a process of the benchmark's that runs llama.cpp. */
export async function importNodeLlamaCpp(): Promise<NodeLlamaCpp> {
  return (await import(PACKAGE_NAME)) as NodeLlamaCpp;
}
