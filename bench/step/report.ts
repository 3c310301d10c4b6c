import { type Cell, cellName, PROMPT_TOKENS } from './cell.js';
import type { CellTimes } from './measure-cells.js';
import { median, type Summary, summarize } from './statistics.js';

/** An executor and the bare form that it is held against. */
export interface Pair {
  readonly engine: string;
  readonly bare: string;
}

/** One line of the table. Times are milliseconds of a step, or of a prompt. */
export interface Row {
  readonly model: string;
  readonly cell: string;
  readonly form: string;
  readonly engine: Summary;
  readonly bare: Summary;
  /** Median over the rounds of the engine's time relative to the bare time of the same round. */
  readonly ratio: number;
  /** Of the two minima. */
  readonly minimaRatio: number;
  /** Rates by the medians. */
  readonly tokensPerSecond: { readonly engine: number; readonly bare: number };
}

export function createRow(model: string, { cell, timesMs }: CellTimes, { engine, bare }: Pair): Row {
  const engineMs = timesMs.get(engine)!;
  const bareMs = timesMs.get(bare)!;
  const summaries = { engine: summarize(engineMs), bare: summarize(bareMs) };
  const rate = ({ median }: Summary): number => (1000 * tokensPerTime(cell)) / median;
  return {
    model,
    cell: cellName(cell),
    form: engine,
    ...summaries,
    ratio: median(engineMs.map((time, round) => time / bareMs[round]!)),
    minimaRatio: summaries.engine.minimum / summaries.bare.minimum,
    tokensPerSecond: { engine: rate(summaries.engine), bare: rate(summaries.bare) },
  };
}

const tokensPerTime = (cell: Cell): number => (cell.kind === 'decode' ? cell.batch : PROMPT_TOKENS);

const HEADINGS = [
  'model',
  'cell',
  'executor',
  'engine ms (min, spread)',
  'bare ms (min, spread)',
  'engine tok/s',
  'bare tok/s',
  'ratio',
  'ratio of minima',
];

/** The rows as a Markdown table. */
export function formatTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.model,
    row.cell,
    row.form,
    formatSummary(row.engine),
    formatSummary(row.bare),
    row.tokensPerSecond.engine.toFixed(0),
    row.tokensPerSecond.bare.toFixed(0),
    row.ratio.toFixed(3),
    row.minimaRatio.toFixed(3),
  ]);
  const rule = HEADINGS.map(() => '---');
  return [HEADINGS, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const formatSummary = ({ median, minimum, spread }: Summary): string =>
  `${milliseconds(median)} (${milliseconds(minimum)}, ${(100 * spread).toFixed(0)}%)`;

const milliseconds = (value: number): string => value.toFixed(value < 10 ? 3 : 2);
