import type { CompilationLevel } from '../../src/llm/config/compilation-config.js';
import type { GgufFormat } from './write-gguf.js';

/** One row of the table for one subject. */
export type EngineCell =
  /** Mean milliseconds of steps that give each of `batch` sequences one token, after `context` tokens. */
  | { readonly kind: 'decode'; readonly batch: number; readonly context: number; readonly numSteps: number }
  /** Milliseconds of a prompt of `context` tokens up to its first output token. */
  | { readonly kind: 'prefill'; readonly context: number };

/** Sequences in a batch at most. */
export const MAX_BATCH = 16;

/** Tokens of a sequence that are generated before the clock starts. */
export const WARM_UP_STEPS = 3;

/** Threads that compute, in every subject. */
export const NUM_THREADS = 2;

/** What a subject's process runs. */
export type SubjectSpec =
  | {
      readonly kind: 'engine';
      readonly modelFolder: string;
      readonly quantization: 'int8' | 'int4' | undefined;
      /** Default the engine's. */
      readonly compilation?: CompilationLevel;
    }
  | { readonly kind: 'llama.cpp'; readonly ggufPath: string; readonly format: GgufFormat };

/** One way to run a model, loaded, inside its process. */
export interface SubjectForm {
  /** One token for a short prompt. */
  generateOne(): Promise<void>;
  /** @returns milliseconds, as the cell defines them. */
  measure(cell: EngineCell): Promise<number>;
}

/** To a subject's process. */
export type SubjectCommand =
  | { readonly kind: 'load'; readonly spec: SubjectSpec }
  | { readonly kind: 'measure'; readonly cell: EngineCell };

/** From it, once per command. */
export type SubjectAnswer =
  | { readonly kind: 'loaded'; readonly loadMs: number }
  | { readonly kind: 'measured'; readonly ms: number }
  | { readonly kind: 'failed'; readonly message: string };

export const cellName = (cell: EngineCell): string =>
  cell.kind === 'prefill' ? `prefill ${cell.context}` : `decode ×${cell.batch} at ${cell.context}`;

/**
 * Mean duration of the steps in which all sequences decode: from when the last of them is warm to when the first ends. A
 * mean, because the tokens of several short steps may arrive together.
 * @param sequences times at which the tokens of each came, in milliseconds.
 */
export function steadyStepMs(sequences: readonly (readonly number[])[]): number {
  const start = Math.max(...sequences.map((times) => times[WARM_UP_STEPS]!));
  const end = Math.min(...sequences.map((times) => times.at(-1)!));
  const numSteps = sequences[0]!.filter((time) => time > start && time <= end).length;
  return (end - start) / numSteps;
}

/** Ids that are neither special nor bytes in any of the vocabularies. */
export function randomTokens(count: number, vocabSize = 32_000): number[] {
  const first = 300;
  return Array.from({ length: count }, () => first + Math.floor(Math.random() * (vocabSize - first)));
}
