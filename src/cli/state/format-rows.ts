import { stringify } from 'yaml';
import type { StateCell, StateRow } from './state-row.js';

export type RowFormat = 'default' | 'table' | 'json' | 'yaml';

export const rowFormats: readonly RowFormat[] = ['default', 'table', 'json', 'yaml'];

/** Rows as `--format` asks for them. `default` is a table. */
export function formatRows(rows: readonly StateRow[], columns: readonly string[], format: RowFormat): string {
  const picked = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ''])));
  if (format === 'json') return `${JSON.stringify(picked)}\n`;
  if (format === 'yaml') return stringify(picked);
  return formatTable(picked, columns);
}

/** Columns side by side, as wide as their widest cell; numbers of rows on the left, as in Ray. */
export function formatTable(rows: readonly StateRow[], columns: readonly string[]): string {
  const cells = rows.map((row, index) => [String(index), ...columns.map((column) => oneLine(row[column] ?? ''))]);
  const all = [['', ...columns.map((column) => column.toUpperCase())], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  const lines = all.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Every field of a row on a line of its own. */
export function formatDetail(row: StateRow): string {
  return stringify(row);
}

const oneLine = (cell: StateCell): string =>
  (typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : String(cell)).split('\n')[0]!;
