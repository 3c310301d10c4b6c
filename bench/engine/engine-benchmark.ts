import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Cleanup } from '../step/cleanup.js';
import { describeRun, type RunDescription } from '../step/describe-run.js';
import { formatSubjectsTable, formatTimesTable, type SubjectResult } from './engine-report.js';
import { type PreparedSubject, preparePair, type SubjectPair, subjectPairs } from './engine-subjects.js';
import { installLlamaCpp, isLlamaCppInstalled } from './install-llama-cpp.js';
import { type ModelShape, modelShapes, quickShape } from './model-shape.js';
import { measureReadBandwidth, type ReadBandwidth } from './read-bandwidth.js';
import { cellName, type EngineCell } from './subject-form.js';
import { SubjectProcess } from './subject-process.js';

const RESULTS = resolve(import.meta.dirname, '../results');
const CONTEXTS = [256, 1024];
const BATCHES = [1, 4, 8, 16];

export interface EngineBenchmarkOptions {
  readonly quick: boolean;
  /** Install node-llama-cpp if it is not there. Where it is, it is measured anyway. */
  readonly llamaCpp: boolean;
  /** Names; undefined is all. */
  readonly model?: readonly string[];
  readonly subject?: readonly string[];
  /** Only the rows whose name holds it. */
  readonly row: string;
  readonly rounds: number;
  readonly steps: number;
}

function createCells({ quick, row, steps }: EngineBenchmarkOptions): EngineCell[] {
  const contexts = quick ? [64] : CONTEXTS;
  const batches = quick ? [1, 4] : BATCHES;
  const prefills = contexts.map((context): EngineCell => ({ kind: 'prefill', context }));
  const decodes = contexts.flatMap((context) =>
    batches.map((batch): EngineCell => ({ kind: 'decode', batch, context, numSteps: steps })),
  );
  return [...prefills, ...decodes].filter((cell) => cellName(cell).includes(row));
}

const report = (text: string): void => void process.stderr.write(`${text}\n`);

/** A subject at work: its process and the times so far. */
interface RunningSubject {
  readonly prepared: PreparedSubject;
  readonly process: SubjectProcess;
  readonly timesMs: Record<string, number[]>;
}

/** Loads one after the other; who can't load is named and left out. */
async function startSubjects(prepared: readonly PreparedSubject[], cleanup: Cleanup): Promise<RunningSubject[]> {
  const running: RunningSubject[] = [];
  for (const subject of prepared) {
    report(`loading ${subject.name}`);
    try {
      const process = await SubjectProcess.load(subject.name, subject.spec);
      cleanup.add(() => process.close());
      running.push({ prepared: subject, process, timesMs: {} });
    } catch (error) {
      report(`${subject.name} is left out: ${String(error)}`);
    }
  }
  return running;
}

/** Both subjects take turns at every cell, in reverse in every other round: what else the machine does meets all. */
async function measureRound(
  subjects: readonly RunningSubject[],
  cells: readonly EngineCell[],
  round: number,
): Promise<void> {
  const inTurn = round % 2 === 0 ? subjects : subjects.toReversed();
  for (const cell of cells) {
    for (const { process, timesMs } of inTurn) {
      const name = cellName(cell);
      timesMs[name] = [...(timesMs[name] ?? []), await process.measure(cell)];
    }
  }
}

/** One pair has the machine for itself, so that its memory need hold no more than two models. */
async function measurePair(
  shape: ModelShape,
  pair: SubjectPair,
  cells: readonly EngineCell[],
  { rounds, subject: names }: EngineBenchmarkOptions,
  outer: Cleanup,
): Promise<SubjectResult[]> {
  const isWanted = (name: string): boolean =>
    (names?.includes(name) ?? true) && (name === pair.engine.name || isLlamaCppInstalled());
  if (!isWanted(pair.engine.name) && !isWanted(pair.llamaCpp.name)) return [];
  const cleanup = new Cleanup();
  outer.add(() => cleanup.run());
  const parent = await mkdtemp(join(tmpdir(), 'ray-ts-bench-'));
  cleanup.add(() => rm(parent, { recursive: true, force: true }));
  report(`${shape.name}: writing weights`);
  const prepared = await preparePair(join(parent, shape.name), shape, pair, isWanted);
  // Else loading would share the disk with the files' write-back.
  execFileSync('sync');
  const subjects = await startSubjects(prepared, cleanup);
  const bandwidths: ReadBandwidth[] = [];
  for (let round = 0; round < rounds; round++) {
    report(`${shape.name}: round ${round + 1} of ${rounds}`);
    bandwidths.push(await measureReadBandwidth());
    await measureRound(subjects, cells, round);
  }
  const results = subjects.map(({ prepared: { name, checkpointBytes, bytesPerStep }, process, timesMs }) => ({
    model: shape.name,
    subject: name,
    checkpointBytes,
    bytesPerStep,
    ...process.start,
    peakBytes: process.peakBytes(),
    bandwidths,
    timesMs,
  }));
  await cleanup.run();
  return results;
}

async function publish(
  run: RunDescription,
  results: readonly SubjectResult[],
  cells: readonly EngineCell[],
): Promise<void> {
  for (const [name, value] of Object.entries(run)) console.log(`${name}: ${value}`);
  console.log(`\n${formatTimesTable(results, cells)}\n\n${formatSubjectsTable(results)}\n`);
  const line = JSON.stringify({ ...run, results });
  console.log(line);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, `engine-${run.date.replaceAll(':', '-')}.json`), `${line}\n`);
}

/** Measures model after model and pair after pair, every subject in a process of its own; leaves only the results behind. */
export async function runEngineBenchmark(options: EngineBenchmarkOptions): Promise<void> {
  const run = describeRun();
  const cleanup = new Cleanup();
  cleanup.runOnSignals();
  if (options.llamaCpp) installLlamaCpp();
  if (!isLlamaCppInstalled()) report('node-llama-cpp is not installed and left out; --llama-cpp installs it.');
  const shapes = options.quick ? [quickShape] : modelShapes.filter(({ name }) => options.model?.includes(name) ?? true);
  const cells = createCells(options);
  try {
    const results: SubjectResult[] = [];
    for (const shape of shapes) {
      for (const pair of subjectPairs) results.push(...(await measurePair(shape, pair, cells, options, cleanup)));
    }
    await publish(run, results, cells);
  } finally {
    await cleanup.run();
  }
}
