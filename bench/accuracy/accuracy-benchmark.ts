import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { QUANTIZATIONS, type Quantization } from '../../src/llm/config/quantization.js';
import { type ModelShape, modelShapes, quickShape } from '../engine/model-shape.js';
import { NUM_THREADS } from '../engine/subject-form.js';
import { writeCheckpoint } from '../engine/write-checkpoint.js';
import { Cleanup } from '../step/cleanup.js';
import { describeRun } from '../step/describe-run.js';
import { type AccuracyFigures, compareWithFloat32 } from './accuracy-figures.js';
import { type PositionReport, type ReportOptions, reportPositions, type Text } from './position-reports.js';
import { randomTexts, sampleStories } from './sample-texts.js';

const RESULTS = resolve(import.meta.dirname, '../results');
const STORYTELLER = resolve(import.meta.dirname, '../../models/storyteller');

const STORY_TOKENS = 20_000;
const RANDOM_TEXTS = 8;
const RANDOM_TEXT_TOKENS = 17;

export interface AccuracyBenchmarkOptions {
  readonly quick: boolean;
}

/** A precision of one model beside float32. */
interface AccuracyRow {
  readonly model: string;
  readonly quantization: Quantization | 'float32';
  readonly figures: AccuracyFigures;
}

const report = (text: string): void => void process.stderr.write(`${text}\n`);

async function measureModel(
  model: string,
  texts: readonly Text[],
  options: Omit<ReportOptions, 'quantization' | 'numThreads'>,
): Promise<AccuracyRow[]> {
  const reportIn = (quantization: Quantization | undefined): Promise<PositionReport[]> => {
    report(`${model}: ${quantization ?? 'float32'}`);
    return reportPositions(texts, { ...options, quantization, numThreads: NUM_THREADS });
  };
  const float32 = await reportIn(undefined);
  const rows: AccuracyRow[] = [{ model, quantization: 'float32', figures: compareWithFloat32(float32, float32) }];
  for (const quantization of QUANTIZATIONS) {
    rows.push({ model, quantization, figures: compareWithFloat32(float32, await reportIn(quantization)) });
  }
  return rows;
}

async function measureStoryteller(numTokens: number): Promise<AccuracyRow[]> {
  report(`storyteller: sampling ${numTokens} tokens`);
  const texts = await sampleStories(STORYTELLER, numTokens);
  return measureModel('storyteller', texts, { modelFolder: STORYTELLER });
}

async function measureRandom(shape: ModelShape, cleanup: Cleanup): Promise<AccuracyRow[]> {
  const parent = await mkdtemp(join(tmpdir(), 'ray-ts-bench-'));
  cleanup.add(() => rm(parent, { recursive: true, force: true }));
  report(`${shape.name}: writing weights`);
  await writeCheckpoint(parent, shape, STORYTELLER);
  const texts = randomTexts(RANDOM_TEXTS, RANDOM_TEXT_TOKENS, shape.vocabSize);
  return measureModel(shape.name, texts, { modelFolder: parent, vocabSize: shape.vocabSize });
}

const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)}%`;

function formatRow({ model, quantization, figures }: AccuracyRow): string {
  const { numPositions, perplexity, top1Agreement, distribution } = figures;
  const ofDistribution =
    distribution === undefined
      ? ['–', '–', '–']
      : [distribution.divergence.toExponential(1), percent(distribution.error), percent(distribution.largestError)];
  const cells = [model, quantization, numPositions, perplexity.toFixed(4), percent(top1Agreement), ...ofDistribution];
  return `| ${cells.join(' | ')} |`;
}

function formatTable(rows: readonly AccuracyRow[]): string {
  const headings = [
    'model',
    'precision',
    'positions',
    'perplexity',
    'top-1 as float32',
    'KL, nats',
    'Δlogit, rms',
    'Δlogit, max',
  ];
  return [`| ${headings.join(' | ')} |`, `|${'---|'.repeat(headings.length)}`, ...rows.map(formatRow)].join('\n');
}

/** Holds every precision against float32: the storyteller on its own stories, a model of random weights on random tokens. */
export async function runAccuracyBenchmark({ quick }: AccuracyBenchmarkOptions): Promise<void> {
  const run = describeRun();
  const cleanup = new Cleanup();
  cleanup.runOnSignals();
  try {
    const stories = await measureStoryteller(quick ? STORY_TOKENS / 100 : STORY_TOKENS);
    const random = await measureRandom(quick ? quickShape : modelShapes[0]!, cleanup);
    for (const [name, value] of Object.entries(run)) console.log(`${name}: ${value}`);
    console.log(`\n${formatTable([...stories, ...random])}\n`);
    await mkdir(RESULTS, { recursive: true });
    const line = JSON.stringify({ ...run, rows: [...stories, ...random] });
    await writeFile(join(RESULTS, `accuracy-${run.date.replaceAll(':', '-')}.json`), `${line}\n`);
  } finally {
    await cleanup.run();
  }
}
