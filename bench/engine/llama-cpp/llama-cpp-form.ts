import {
  type EngineCell,
  MAX_BATCH,
  NUM_THREADS,
  randomTokens,
  type SubjectForm,
  type SubjectSpec,
  steadyStepMs,
  WARM_UP_STEPS,
} from '../subject-form.js';
import { MAX_MODEL_LEN } from '../write-checkpoint.js';
import { importNodeLlamaCpp, type LlamaSequence } from './node-llama-cpp-api.js';

const GREEDY = { temperature: 0, yieldEogToken: true } as const;

/** Times of the first `count` tokens after `lastToken`. */
async function tokenTimes(sequence: LlamaSequence, lastToken: number, count: number): Promise<number[]> {
  const times: number[] = [];
  for await (const _ of sequence.evaluate([lastToken], GREEDY)) {
    times.push(performance.now());
    if (times.length === count) break;
  }
  if (times.length < count) throw new Error(`llama.cpp ended a sequence after ${times.length} tokens.`);
  return times;
}

/** llama.cpp as a program uses it through node-llama-cpp: sequences of one context that are evaluated side by side. */
export class LlamaCppForm implements SubjectForm {
  readonly #sequences: readonly LlamaSequence[];
  /** Beside the model, in the folder that the benchmark removes. */
  readonly #statePath: string;
  /** Tokens that every sequence holds before a decode. */
  #context = 0;

  private constructor(sequences: readonly LlamaSequence[], statePath: string) {
    this.#sequences = sequences;
    this.#statePath = statePath;
  }

  static async load({ ggufPath }: Extract<SubjectSpec, { kind: 'llama.cpp' }>): Promise<LlamaCppForm> {
    const { getLlama } = await importNodeLlamaCpp();
    const threads = { ideal: NUM_THREADS, min: NUM_THREADS };
    const llama = await getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      maxThreads: NUM_THREADS,
      logLevel: 'error',
    });
    const model = await llama.loadModel({ modelPath: ggufPath });
    const context = await model.createContext({
      contextSize: MAX_MODEL_LEN,
      sequences: MAX_BATCH,
      threads,
      ignoreMemorySafetyChecks: true,
    });
    const sequences = Array.from({ length: MAX_BATCH }, () => context.getSequence());
    return new LlamaCppForm(sequences, `${ggufPath}.state`);
  }

  async generateOne(): Promise<void> {
    await this.#prompt(8);
  }

  async measure(cell: EngineCell): Promise<number> {
    if (cell.kind === 'prefill') return this.#prefill(cell.context);
    await this.#fillContexts(cell.context);
    const times = await Promise.all(
      this.#sequences
        .slice(0, cell.batch)
        .map((sequence) => tokenTimes(sequence, randomTokens(1)[0]!, WARM_UP_STEPS + 1 + cell.numSteps)),
    );
    await this.#trimContexts();
    return steadyStepMs(times);
  }

  async #prefill(context: number): Promise<number> {
    const start = performance.now();
    await this.#prompt(context);
    return performance.now() - start;
  }

  /** In a sequence that the decodes then fill anew. */
  async #prompt(length: number): Promise<void> {
    const sequence = this.#sequences[0]!;
    this.#context = 0;
    await sequence.clearHistory();
    for await (const _ of sequence.evaluate(randomTokens(length), GREEDY)) break;
  }

  /** Computes the context once and copies it through a file, since only decoding is measured. */
  async #fillContexts(length: number): Promise<void> {
    if (this.#context === length) return;
    const [first, ...others] = this.#sequences;
    await first!.clearHistory();
    await first!.evaluateWithoutGeneratingNewTokens(randomTokens(length));
    await first!.saveStateToFile(this.#statePath);
    for (const sequence of others) await sequence.loadStateFromFile(this.#statePath, { acceptRisk: true });
    this.#context = length;
  }

  async #trimContexts(): Promise<void> {
    for (const sequence of this.#sequences) {
      const { nextTokenIndex } = sequence;
      if (nextTokenIndex > this.#context) {
        await sequence.eraseContextTokenRanges([{ start: this.#context, end: nextTokenIndex }]);
      }
    }
  }
}
