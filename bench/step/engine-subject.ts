import { LLM, type LLMOptions, SamplingParams } from 'ray-ts/llm';
import { type Cell, PROMPT_TOKENS, type Subject, WARM_UP_STEPS } from './cell.js';

/** Times at which the tokens of one sequence came, in milliseconds. */
type TokenTimes = readonly number[];

/**
 * Milliseconds per step while all sequences decode together: from when the last of them is warm to when the first of them
 * ends. Prefills lie before that.
 */
function steadyStepMs(sequences: readonly TokenTimes[]): number {
  const start = Math.max(...sequences.map((times) => times[WARM_UP_STEPS]!));
  const end = Math.min(...sequences.map((times) => times.at(-1)!));
  const numSteps = sequences[0]!.filter((time) => time > start && time <= end).length;
  return (end - start) / numSteps;
}

/** The engine as a program uses it: through {@link LLM}, with everything that a request goes through by default. */
export class EngineSubject implements Subject {
  readonly name: string;
  readonly #llm: LLM;
  readonly #vocabSize: number;

  private constructor(name: string, llm: LLM, vocabSize: number) {
    this.name = name;
    this.#llm = llm;
    this.#vocabSize = vocabSize;
  }

  static async load(name: string, options: LLMOptions, vocabSize: number): Promise<EngineSubject> {
    return new EngineSubject(name, await LLM.create(options), vocabSize);
  }

  measure(cell: Cell): Promise<number> {
    return cell.kind === 'decode' ? this.#decode(cell.batch, cell.numSteps) : this.#prefill(cell.numPrompts);
  }

  close(): Promise<void> {
    return this.#llm.shutdown();
  }

  async #decode(batch: number, numSteps: number): Promise<number> {
    const times = Array.from({ length: batch }, (): number[] => []);
    // Sequences join one step after the other where a step can't take all prompts, so some wait for the last to be warm.
    const maxTokens = WARM_UP_STEPS + batch + numSteps;
    await this.#llm.generate(this.#randomPrompts(batch), greedy(maxTokens), {
      onToken: (_, promptIndex) => times[promptIndex]!.push(performance.now()),
    });
    return steadyStepMs(times);
  }

  async #prefill(numPrompts: number): Promise<number> {
    const prompts = this.#randomPrompts(numPrompts);
    const start = performance.now();
    await this.#llm.generate(prompts, greedy(1));
    return (performance.now() - start) / numPrompts;
  }

  #randomPrompts(numPrompts: number): { readonly promptTokenIds: readonly number[] }[] {
    const randomToken = (): number => Math.floor(Math.random() * this.#vocabSize);
    return Array.from({ length: numPrompts }, () => ({
      promptTokenIds: Array.from({ length: PROMPT_TOKENS }, randomToken),
    }));
  }
}

const greedy = (maxTokens: number): SamplingParams =>
  new SamplingParams({ temperature: 0, ignoreEos: true, maxTokens });
