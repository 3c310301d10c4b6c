import type { LoadRecord } from '../load/load-record.js';
import { outcomesOf } from './outcomes.js';
import type { Violation } from './violation.js';

/**
 * Compares the calls of actors without retries with the lines that their methods left.
 * @param effects the ids, in any order, as often as they were written.
 */
export function checkAtMostOnce(records: readonly LoadRecord[], effects: readonly string[]): Violation[] {
  const counts = countById(effects);
  const twice = [...counts].filter(([, count]) => count > 1);
  const outcomes = outcomesOf(records, 'at-most-once');
  const lost = outcomes.filter(({ id, step }) => step === 'acknowledged' && !counts.has(id));
  const ranAllTheSame = outcomes.filter(({ id, step }) => step === 'refused' && counts.has(id));
  const known = new Set(outcomes.map(({ id }) => id));
  const strangers = [...counts.keys()].filter((id) => !known.has(id));
  return [
    ...twice.map(([id, count]) => violation('a call without retries runs at most once', `${id} ran ${count} times`)),
    ...lost.map(({ id }) => violation('an acknowledged call has run', `${id} left no effect`)),
    ...ranAllTheSame.map(({ id, error }) =>
      violation('a call whose error says that it did not run has not', `${id} ran: ${error}`),
    ),
    ...strangers.map((id) => violation('what runs was called', `${id} ran, and nobody called it`)),
  ];
}

/** The same for actors whose calls are retried without end: they may run several times, but they do run. */
export function checkAtLeastOnce(records: readonly LoadRecord[], effects: readonly string[]): Violation[] {
  const ran = new Set(effects);
  return outcomesOf(records, 'at-least-once').flatMap(({ id, step, error }) => {
    if (step === 'acknowledged' && !ran.has(id)) return [violation('an acknowledged call has run', `${id} did not`)];
    if (step === 'refused' || step === 'unknown') {
      return [violation('a call that is retried without end succeeds in the end', `${id} failed: ${error}`)];
    }
    return [];
  });
}

function countById(effects: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of effects) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

const violation = (promise: string, seen: string): Violation => ({ promise, seen });
