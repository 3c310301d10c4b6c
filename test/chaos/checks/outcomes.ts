import type { LoadRecord, Step, Work } from '../load/load-record.js';

/** A piece of work from its beginning to its end; still `started` when its driver never learned how it ended. */
export interface Outcome extends Omit<LoadRecord, 'atMs'> {
  readonly startedAtMs: number;
  readonly step: Step;
}

/** The pieces of work of one or several kinds, in the order in which they began. */
export function outcomesOf(records: readonly LoadRecord[], ...works: readonly Work[]): Outcome[] {
  const outcomes = new Map<string, Outcome>();
  for (const { atMs, ...record } of records) {
    if (!works.includes(record.work)) continue;
    const key = `${record.work} ${record.id}`;
    outcomes.set(key, { ...record, startedAtMs: outcomes.get(key)?.startedAtMs ?? atMs });
  }
  return [...outcomes.values()];
}
