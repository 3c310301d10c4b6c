import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ModelShape, weightsReadPerStep } from './model-shape.js';
import { weightBytes } from './random-weights.js';
import type { SubjectSpec } from './subject-form.js';
import { writeCheckpoint } from './write-checkpoint.js';
import { writeGguf } from './write-gguf.js';

const STORYTELLER = resolve(import.meta.dirname, '../../models/storyteller');

/** A subject with its files written. */
export interface PreparedSubject {
  readonly name: string;
  readonly spec: SubjectSpec;
  readonly checkpointBytes: number;
  readonly bytesPerStep: number;
}

interface EngineForm {
  readonly name: string;
  readonly quantization: 'int8' | 'int4' | undefined;
  readonly bytesPerWeight: number;
}

interface LlamaCppForm {
  readonly name: string;
  readonly format: 'f32' | 'q8_0' | 'q4_0';
}

/** The engine and what it is held against, at equal precision. */
export interface SubjectPair {
  readonly engine: EngineForm;
  readonly llamaCpp: LlamaCppForm;
}

export const subjectPairs: readonly SubjectPair[] = [
  {
    engine: { name: 'engine f32', quantization: undefined, bytesPerWeight: 4 },
    llamaCpp: { name: 'llama.cpp F32', format: 'f32' },
  },
  {
    engine: { name: 'engine int8', quantization: 'int8', bytesPerWeight: 1 },
    llamaCpp: { name: 'llama.cpp Q8_0', format: 'q8_0' },
  },
  {
    engine: { name: 'engine int4', quantization: 'int4', bytesPerWeight: 0.5 },
    llamaCpp: { name: 'llama.cpp Q4_0', format: 'q4_0' },
  },
];

async function prepareEngine(folder: string, shape: ModelShape, form: EngineForm): Promise<PreparedSubject> {
  const { name, quantization, bytesPerWeight } = form;
  const checkpointBytes = await writeCheckpoint(folder, shape, STORYTELLER);
  const spec = { kind: 'engine', modelFolder: folder, quantization } as const;
  return { name, spec, checkpointBytes, bytesPerStep: weightsReadPerStep(shape) * bytesPerWeight };
}

async function prepareLlamaCpp(folder: string, shape: ModelShape, form: LlamaCppForm): Promise<PreparedSubject> {
  const { name, format } = form;
  const ggufPath = join(folder, `${format}.gguf`);
  const checkpointBytes = await writeGguf(ggufPath, shape, format);
  const spec = { kind: 'llama.cpp', ggufPath, format } as const;
  return { name, spec, checkpointBytes, bytesPerStep: weightBytes(format, weightsReadPerStep(shape)) };
}

/** Writes the files of one model for those of a pair whose name is wanted: bfloat16 for the engine, GGUF for llama.cpp. */
export async function preparePair(
  folder: string,
  shape: ModelShape,
  { engine, llamaCpp }: SubjectPair,
  isWanted: (name: string) => boolean,
): Promise<PreparedSubject[]> {
  await mkdir(folder);
  const subjects: PreparedSubject[] = [];
  if (isWanted(engine.name)) subjects.push(await prepareEngine(folder, shape, engine));
  if (isWanted(llamaCpp.name)) subjects.push(await prepareLlamaCpp(folder, shape, llamaCpp));
  return subjects;
}
