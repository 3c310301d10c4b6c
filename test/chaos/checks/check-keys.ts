import type { LoadRecord } from '../load/load-record.js';
import { type Outcome, outcomesOf } from './outcomes.js';
import type { Violation } from './violation.js';

/**
 * Compares the numbers that were written to each key, rising and one at a time, with what was read meanwhile and at the
 * end. A write whose fate is unknown may show or not; an acknowledged one shows, unless a later one does.
 */
export function checkKeys(records: readonly LoadRecord[], finalValues: Readonly<Record<string, number>>): Violation[] {
  const outcomes = outcomesOf(records, 'put-key', 'get-key');
  const keys = [...new Set(outcomes.map(({ key }) => key!))];
  return keys.flatMap((key) => {
    const ofKey = outcomes.filter((outcome) => outcome.key === key);
    return [...checkReads(key, ofKey), ...checkValue(key, 'at the end', finalValues[key] ?? 0, ofKey)];
  });
}

const checkReads = (key: string, outcomes: readonly Outcome[]): Violation[] =>
  outcomes.flatMap(({ work, step, id, value }, index) =>
    work === 'get-key' && step === 'acknowledged' ? checkValue(key, id, value ?? 0, outcomes.slice(0, index)) : [],
  );

/** @param before what had begun when the value was read. */
function checkValue(key: string, where: string, read: number, before: readonly Outcome[]): Violation[] {
  const writes = before.filter(({ work }) => work === 'put-key');
  const lastAcknowledged = writes.findLast(({ step }) => step === 'acknowledged')?.value ?? 0;
  if (read < lastAcknowledged) {
    const seen = `${key} holds ${read} (${where}) after ${lastAcknowledged} was acknowledged`;
    return [{ promise: 'no acknowledged write is lost', seen }];
  }
  const possible = writes.some(({ value, step }) => value === read && step !== 'refused');
  if (possible || read === 0) return [];
  return [{ promise: 'what is read was written', seen: `${key} holds ${read} (${where}), which nobody wrote` }];
}
