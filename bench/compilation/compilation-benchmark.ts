import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CompilationLevel } from '../../src/llm/config/compilation-config.js';
import { modelShapes, quickShape } from '../engine/model-shape.js';
import type { EngineCell } from '../engine/subject-form.js';
import { SubjectProcess } from '../engine/subject-process.js';
import { writeCheckpoint } from '../engine/write-checkpoint.js';
import { Cleanup } from '../step/cleanup.js';
import { describeRun } from '../step/describe-run.js';
import { summarize } from '../step/statistics.js';

const STORYTELLER = resolve(import.meta.dirname, '../../models/storyteller');
const CONTEXT = 256;

export interface CompilationBenchmarkOptions {
  readonly quick: boolean;
  readonly rounds: number;
  readonly steps: number;
}

/** A start of the engine, in a process of its own. */
interface Start {
  readonly name: string;
  readonly level: CompilationLevel;
  /** Without kept graphs, whatever starts came before. */
  readonly isFirst: boolean;
}

const levels: readonly CompilationLevel[] = [0, 1, 2, 3];

/** The first start of a level and the second one right after it, so that both meet the same machine. */
const starts: readonly Start[] = levels.flatMap((level) => [
  { name: `${level}, first`, level, isFirst: true },
  { name: `${level}, second`, level, isFirst: false },
]);

type Times = Record<'load' | 'decode' | 'prefill', number[]>;

const newTimes = (): Times => ({ load: [], decode: [], prefill: [] });

async function measureStart(start: Start, modelFolder: string, steps: number, times: Times): Promise<void> {
  const spec = { kind: 'engine', modelFolder, quantization: undefined, compilation: start.level } as const;
  const subject = await SubjectProcess.load(start.name, spec);
  try {
    const prefill: EngineCell = { kind: 'prefill', context: CONTEXT };
    const decode: EngineCell = { kind: 'decode', batch: 1, context: CONTEXT, numSteps: steps };
    times.load.push(subject.start.loadMs);
    await subject.measure(prefill);
    times.prefill.push(await subject.measure(prefill));
    times.decode.push(await subject.measure(decode));
  } finally {
    await subject.close();
  }
}

const cell = (values: readonly number[]): string => {
  const { median, minimum } = summarize(values);
  return `${median.toFixed(1)} (${minimum.toFixed(1)})`;
};

function formatTable(results: ReadonlyMap<string, Times>): string {
  const rows = [...results].map(
    ([name, { load, decode, prefill }]) => `| ${name} | ${cell(load)} | ${cell(decode)} | ${cell(prefill)} |`,
  );
  const head = `| level, start | load | decode ×1 at ${CONTEXT} | prefill ${CONTEXT} |\n|---|---|---|---|`;
  return `${head}\n${rows.join('\n')}`;
}

async function measureAll(folder: string, { rounds, steps }: CompilationBenchmarkOptions) {
  const results = new Map(starts.map(({ name }) => [name, newTimes()]));
  const cache = join(folder, 'cache');
  process.env['RAY_TS_CACHE'] = cache;
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    for (const start of starts) {
      if (start.isFirst) await rm(cache, { recursive: true, force: true });
      await measureStart(start, folder, steps, results.get(start.name)!);
    }
  }
  return results;
}

/** Milliseconds of loading, decoding and prefilling the 0.39 B shape at every level, median (best), levels in turn. */
export async function runCompilationBenchmark(options: CompilationBenchmarkOptions): Promise<void> {
  const run = describeRun();
  const cleanup = new Cleanup();
  cleanup.runOnSignals();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'ray-ts-bench-'));
    cleanup.add(() => rm(folder, { recursive: true, force: true }));
    await writeCheckpoint(folder, options.quick ? quickShape : modelShapes[0]!, STORYTELLER);
    // Else loading would share the disk with the files' write-back.
    execFileSync('sync');
    const results = await measureAll(folder, options);
    for (const [name, value] of Object.entries(run)) console.log(`${name}: ${value}`);
    console.log(`\n${formatTable(results)}`);
  } finally {
    await cleanup.run();
  }
}
