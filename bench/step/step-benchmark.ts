import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as ray from 'ray-ts';
import { type BenchmarkModel, benchmarkModels } from './benchmark-models.js';
import { Cleanup } from './cleanup.js';
import { describeRun, type RunDescription } from './describe-run.js';
import { loadSubjects, pairs } from './load-subjects.js';
import { measureCells } from './measure-cells.js';
import { createRow, formatTable, type Row } from './report.js';

const RESULTS = resolve(import.meta.dirname, '../results');

export interface StepBenchmarkOptions {
  readonly quick: boolean;
  /** Names; undefined is all. */
  readonly model?: readonly string[];
  readonly rounds?: number;
}

/** Starts a cluster of its own, measures model after model, prints and keeps the results, and leaves nothing behind. */
export async function runStepBenchmark({ quick, model: names, rounds }: StepBenchmarkOptions): Promise<void> {
  const run = describeRun();
  const cleanup = new Cleanup();
  cleanup.runOnSignals();
  try {
    const temporaryFolder = await mkdtemp(join(tmpdir(), 'ray-ts-bench-'));
    cleanup.add(() => rm(temporaryFolder, { recursive: true, force: true }));
    const models = (await benchmarkModels(temporaryFolder, quick)).filter(({ name }) => names?.includes(name) ?? true);
    await startCluster(temporaryFolder, cleanup);
    const rows: Row[] = [];
    for (const model of models)
      rows.push(...(await measureModel({ ...model, rounds: rounds ?? model.rounds }, cleanup)));
    await publish(run, rows);
  } finally {
    await cleanup.run();
  }
}

async function startCluster(temporaryFolder: string, cleanup: Cleanup): Promise<void> {
  process.env['RAY_TS_TMPDIR'] = join(temporaryFolder, 'cluster');
  cleanup.add(() => ray.shutdown());
  await ray.init({ address: 'local', numCpus: 2 });
}

async function measureModel(model: BenchmarkModel, outer: Cleanup): Promise<Row[]> {
  const cleanup = new Cleanup();
  outer.add(() => cleanup.run());
  const report = (text: string): void => void process.stderr.write(`${model.name}: ${text}\n`);
  report('loading');
  const subjects = await loadSubjects(model, cleanup);
  const results = await measureCells(subjects, model.cells, model.rounds, (round) =>
    report(`round ${round + 1} of ${model.rounds}`),
  );
  await cleanup.run();
  return pairs.flatMap((pair) => results.map((result) => createRow(model.name, result, pair)));
}

async function publish(run: RunDescription, rows: readonly Row[]): Promise<void> {
  for (const [name, value] of Object.entries(run)) console.log(`${name}: ${value}`);
  console.log(`\n${formatTable(rows)}\n`);
  const line = JSON.stringify({ ...run, rows });
  console.log(line);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, `step-${run.date.replaceAll(':', '-')}.json`), `${line}\n`);
}
