import type { LoadRecord, Step, Work } from '../load/load-record.js';

type Counts = Readonly<Record<Step, number>>;

/** How many pieces of each kind of work began, and how they ended. */
function countLoad(records: readonly LoadRecord[]): ReadonlyMap<Work, Counts> {
  const counts = new Map<Work, Record<Step, number>>();
  for (const { work, step } of records) {
    const ofWork = counts.get(work) ?? { started: 0, acknowledged: 0, refused: 0, unknown: 0 };
    ofWork[step]++;
    counts.set(work, ofWork);
  }
  return counts;
}

/** One line for people: "at-most-once 1204 ok, 3 unknown, 2 open; …". */
export function formatLoad(records: readonly LoadRecord[]): string {
  const parts = [...countLoad(records)].map(([work, { started, acknowledged, refused, unknown }]) => {
    const others = [
      [refused, 'not run'],
      [unknown, 'unknown'],
      [started - acknowledged - refused - unknown, 'open'],
    ] as const;
    const shown = others.filter(([count]) => count > 0).map(([count, name]) => `, ${count} ${name}`);
    return `${work} ${acknowledged} ok${shown.join('')}`;
  });
  return parts.join('; ');
}
