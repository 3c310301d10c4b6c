import type { StateRow } from './state-row.js';

/** How many rows there are of a group in each state. */
export interface GroupSummary {
  readonly group: string;
  readonly total: number;
  readonly states: Readonly<Record<string, number>>;
}

/** Counts rows by the value of `groupColumn` and, within it, of `stateColumn`; the largest group first. */
export function summarizeRows(rows: readonly StateRow[], groupColumn: string, stateColumn: string): GroupSummary[] {
  const groups = new Map<string, Record<string, number>>();
  for (const row of rows) {
    const states = groups.get(String(row[groupColumn] ?? '')) ?? {};
    const state = String(row[stateColumn] ?? '');
    groups.set(String(row[groupColumn] ?? ''), { ...states, [state]: (states[state] ?? 0) + 1 });
  }
  return [...groups]
    .map(([group, states]) => ({ group, states, total: Object.values(states).reduce((sum, count) => sum + count, 0) }))
    .sort((left, right) => right.total - left.total || left.group.localeCompare(right.group));
}
