import { summarize } from '../step/statistics.js';
import { subjectPairs } from './engine-subjects.js';
import type { ReadBandwidth } from './read-bandwidth.js';
import { cellName, type EngineCell } from './subject-form.js';

/** What was measured of one subject of one model. */
export interface SubjectResult {
  readonly model: string;
  readonly subject: string;
  readonly checkpointBytes: number;
  /** Of the weights that a decode step reads, in the subject's form, without the engine's scales. */
  readonly bytesPerStep: number;
  readonly loadMs: number;
  readonly firstTokenMs: number;
  readonly peakBytes: number;
  /** Of the machine, before every round. */
  readonly bandwidths: readonly ReadBandwidth[];
  /** Milliseconds of every round, by the name of the cell. */
  readonly timesMs: Readonly<Record<string, readonly number[]>>;
}

const NONE = '–';
const MIB = 2 ** 20;

function formatMarkdown(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = headings.map(() => '---');
  return [headings, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function formatTimes(times: readonly number[] | undefined): string {
  if (times === undefined || times.length === 0) return NONE;
  const { median, minimum } = summarize(times);
  return `${median.toFixed(1)} (${minimum.toFixed(1)})`;
}

/** How many times as fast the engine is, by the medians. */
function formatRatio(engine: readonly number[] | undefined, other: readonly number[] | undefined): string {
  if (!engine?.length || !other?.length) return NONE;
  return (summarize(other).median / summarize(engine).median).toFixed(2);
}

/** Milliseconds of a step or prompt, median and minimum, with the ratio at each precision. */
export function formatTimesTable(results: readonly SubjectResult[], cells: readonly EngineCell[]): string {
  const models = [...new Set(results.map(({ model }) => model))];
  const lines = models.flatMap((model) =>
    cells.map((cell) => {
      const times = (subject: string): readonly number[] | undefined =>
        results.find((result) => result.model === model && result.subject === subject)?.timesMs[cellName(cell)];
      const columns = subjectPairs.flatMap(({ engine, llamaCpp }) => [
        formatTimes(times(engine.name)),
        formatTimes(times(llamaCpp.name)),
        formatRatio(times(engine.name), times(llamaCpp.name)),
      ]);
      return [model, cellName(cell), ...columns];
    }),
  );
  const columns = subjectPairs.flatMap(({ engine, llamaCpp }) => [engine.name, llamaCpp.name, 'ratio']);
  return formatMarkdown(['model', 'ms (min)', ...columns], lines);
}

/** Loading, memory, and how much of the memory's bandwidth a decode step of one sequence uses. */
export function formatSubjectsTable(results: readonly SubjectResult[]): string {
  const lines = results.map((result) => {
    const steps = Object.entries(result.timesMs).find(([name]) => name.startsWith('decode ×1 '))?.[1];
    const bandwidth = summarize(result.bandwidths.map(({ bytesPerSecond }) => bytesPerSecond)).median;
    const rate = steps?.length ? (1000 * result.bytesPerStep) / summarize(steps).median : undefined;
    return [
      result.model,
      result.subject,
      `${(result.loadMs / 1000).toFixed(2)} s`,
      `${(result.checkpointBytes / 1e6 / result.loadMs).toFixed(2)} GB/s`,
      `${(result.firstTokenMs / 1000).toFixed(2)} s`,
      `${(result.peakBytes / MIB).toFixed(0)} MiB`,
      rate === undefined ? NONE : `${(rate / 1e9).toFixed(1)} GB/s`,
      `${(bandwidth / 1e9).toFixed(1)} GB/s`,
      rate === undefined ? NONE : `${((100 * rate) / bandwidth).toFixed(0)}%`,
    ];
  });
  const headings = [
    'model',
    'subject',
    'load',
    'of checkpoint',
    'first token',
    'peak memory',
    'weights read',
    'read bandwidth',
    'share of it',
  ];
  return formatMarkdown(headings, lines);
}
