import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ModelConfig } from '../../src/llm/config/model-config.js';
import { readModelConfig } from '../../src/llm/config/read-model-config.js';

const fixtures = resolve(__dirname, '../fixtures');

/** A prompt, the logits after each of its tokens, and what transformers continues it with, greedily, in float32. */
export interface HfGoldenCase {
  readonly prompt: readonly number[];
  readonly greedy: readonly number[];
  readonly logits: readonly Float32Array[];
}

/** A tiny model of test/fixtures/hf-golden and what transformers computes with it. */
export interface HfGolden {
  readonly model: ModelConfig;
  readonly cases: readonly HfGoldenCase[];
}

interface TensorHeader {
  readonly shape: readonly [rows: number, columns: number];
  readonly data_offsets: readonly [start: number, end: number];
}

/** float32 tensors of two dims, by name, as lists of rows. */
function readRows(path: string): Map<string, Float32Array[]> {
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header: Record<string, TensorHeader> = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  const tensors = new Map<string, Float32Array[]>();
  for (const [name, { shape, data_offsets: offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const data = bytes.subarray(8 + headerLength + offsets[0], 8 + headerLength + offsets[1]);
    const values = Float32Array.from({ length: data.length / 4 }, (_, index) => data.readFloatLE(4 * index));
    const [rows, columns] = shape;
    tensors.set(
      name,
      Array.from({ length: rows }, (_, row) => values.subarray(row * columns, (row + 1) * columns)),
    );
  }
  return tensors;
}

/** @param folder of test/fixtures that the model is in. */
export async function readHfGolden(name: string, folder = 'hf-golden'): Promise<HfGolden> {
  const modelPath = join(fixtures, folder, name);
  const { cases, maxModelLen } = JSON.parse(readFileSync(join(modelPath, 'golden.json'), 'utf8'));
  const logits = readRows(join(modelPath, 'golden.safetensors'));
  return {
    model: await readModelConfig(modelPath, { maxModelLen, needsWeights: true }),
    cases: cases.map((golden: Omit<HfGoldenCase, 'logits'>, index: number) => ({
      ...golden,
      logits: logits.get(`logits.${index}`)!,
    })),
  };
}
