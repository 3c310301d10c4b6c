import { LLM, SamplingParams } from 'ray-ts/llm';
import {
  type EngineCell,
  MAX_BATCH,
  NUM_THREADS,
  randomTokens,
  type SubjectForm,
  type SubjectSpec,
  steadyStepMs,
  WARM_UP_STEPS,
} from './subject-form.js';
import { MAX_MODEL_LEN } from './write-checkpoint.js';

const greedy = (maxTokens: number): SamplingParams =>
  new SamplingParams({ temperature: 0, ignoreEos: true, maxTokens });

/** The engine as a program uses it: through {@link LLM}, with everything that a request goes through by default. */
export class EngineForm implements SubjectForm {
  readonly #llm: LLM;
  /** By length: the tokens that the batches of all cells begin with, so that the prefix cache computes them once. */
  readonly #contexts = new Map<number, readonly number[]>();

  private constructor(llm: LLM) {
    this.#llm = llm;
  }

  static async load(spec: Extract<SubjectSpec, { kind: 'engine' }>): Promise<EngineForm> {
    const { modelFolder, quantization, compilation } = spec;
    const llm = await LLM.create({
      model: modelFolder,
      maxModelLen: MAX_MODEL_LEN,
      maxNumSeqs: MAX_BATCH,
      distributedExecutorBackend: 'uni',
      device: 'cpu',
      cpusPerWorker: NUM_THREADS,
      ...(quantization === undefined ? {} : { quantization }),
      compilationConfig: compilation,
    });
    return new EngineForm(llm);
  }

  async generateOne(): Promise<void> {
    await this.#llm.generate({ promptTokenIds: randomTokens(8) }, greedy(1));
  }

  measure(cell: EngineCell): Promise<number> {
    return cell.kind === 'decode' ? this.#decode(cell) : this.#prefill(cell.context);
  }

  async #decode({ batch, context, numSteps }: Extract<EngineCell, { kind: 'decode' }>): Promise<number> {
    const prefix = await this.#contextOf(context);
    const times = Array.from({ length: batch }, (): number[] => []);
    const prompts = times.map(() => ({ promptTokenIds: [...prefix, ...randomTokens(1)] }));
    // Sequences join one step after the other where a step can't take all prompts, so some wait for the last to be warm.
    await this.#llm.generate(prompts, greedy(WARM_UP_STEPS + batch + numSteps), {
      onToken: (_, promptIndex) => times[promptIndex]!.push(performance.now()),
    });
    return steadyStepMs(times);
  }

  async #prefill(context: number): Promise<number> {
    const prompt = { promptTokenIds: randomTokens(context) };
    const start = performance.now();
    await this.#llm.generate(prompt, greedy(1));
    return performance.now() - start;
  }

  async #contextOf(length: number): Promise<readonly number[]> {
    const existing = this.#contexts.get(length);
    if (existing !== undefined) return existing;
    const tokens = randomTokens(length);
    this.#contexts.set(length, tokens);
    await this.#llm.generate({ promptTokenIds: tokens }, greedy(1));
    return tokens;
  }
}
