import { InvalidArgumentError } from '../../core/index.js';
import type { StateRow, StateTable } from './state-row.js';

/** One condition of `--filter`: all of them must hold. */
export interface RowFilter {
  readonly column: string;
  readonly predicate: '=' | '!=';
  /** Compared as text, regardless of case. */
  readonly value: string;
}

/** `state=ALIVE` or `state!=DEAD`. @throws {InvalidArgumentError} for anything else. */
export function parseFilter(text: string): RowFilter {
  const [, column, predicate, value] = /^([^=!]+)(!=|=)(.*)$/.exec(text) ?? [];
  if (!column || !predicate) {
    throw new InvalidArgumentError(`A filter is column=value or column!=value, got ${JSON.stringify(text)}.`);
  }
  return { column: column.trim(), predicate: predicate as RowFilter['predicate'], value: value!.trim() };
}

/**
 * The rows that meet every filter.
 * @throws {InvalidArgumentError} for a column that the table does not have.
 */
export function filterRows(table: StateTable, filters: readonly RowFilter[]): readonly StateRow[] {
  const known = new Set([...table.columns, ...table.rows.flatMap((row) => Object.keys(row))]);
  const unknown = filters.find(({ column }) => !known.has(column));
  if (unknown) {
    throw new InvalidArgumentError(`There is no column ${unknown.column}. Columns: ${[...known].join(', ')}.`);
  }
  return table.rows.filter((row) => filters.every((filter) => meets(row, filter)));
}

function meets(row: StateRow, { column, predicate, value }: RowFilter): boolean {
  const cell = row[column];
  const text = typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : String(cell ?? '');
  return (text.toLowerCase() === value.toLowerCase()) === (predicate === '=');
}
