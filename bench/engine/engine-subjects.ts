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

const engineForms = [
  { name: 'engine f32', quantization: undefined, bytesPerWeight: 4 },
  { name: 'engine int8', quantization: 'int8', bytesPerWeight: 1 },
  { name: 'engine int4', quantization: 'int4', bytesPerWeight: 0.5 },
] as const;

const llamaCppForms = [
  { name: 'llama.cpp F32', format: 'f32' },
  { name: 'llama.cpp Q8_0', format: 'q8_0' },
  { name: 'llama.cpp Q4_0', format: 'q4_0' },
] as const;

/** Writes the files of one model for every subject whose name is wanted: bfloat16 for the engine, GGUF for llama.cpp. */
export async function prepareSubjects(
  folder: string,
  shape: ModelShape,
  isWanted: (name: string) => boolean,
): Promise<PreparedSubject[]> {
  await mkdir(folder);
  const subjects: PreparedSubject[] = [];
  const numWeights = weightsReadPerStep(shape);
  const engines = engineForms.filter(({ name }) => isWanted(name));
  const checkpointBytes = engines.length > 0 ? await writeCheckpoint(folder, shape, STORYTELLER) : 0;
  for (const { name, quantization, bytesPerWeight } of engines) {
    const spec = { kind: 'engine', modelFolder: folder, quantization } as const;
    subjects.push({ name, spec, checkpointBytes, bytesPerStep: numWeights * bytesPerWeight });
  }
  for (const { name, format } of llamaCppForms.filter((form) => isWanted(form.name))) {
    const ggufPath = join(folder, `${format}.gguf`);
    const ggufBytes = await writeGguf(ggufPath, shape, format);
    const spec = { kind: 'llama.cpp', ggufPath, format } as const;
    subjects.push({ name, spec, checkpointBytes: ggufBytes, bytesPerStep: weightBytes(format, numWeights) });
  }
  return subjects;
}
