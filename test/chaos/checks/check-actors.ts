import type { LoadRecord } from '../load/load-record.js';
import { outcomesOf } from './outcomes.js';
import type { Violation } from './violation.js';

/** Detached actors with restarts without end, which nobody has killed for good, are there when all is healed. */
export function checkActors(records: readonly LoadRecord[], living: readonly string[]): Violation[] {
  const called = outcomesOf(records, 'at-most-once', 'at-least-once').filter(({ step }) => step === 'acknowledged');
  // The id of a call begins with the name of its actor.
  const names = new Set(called.map(({ id }) => id.split('/', 1)[0]!));
  return [...names]
    .filter((name) => !living.includes(name))
    .map((name) => ({ promise: 'an actor that restarts without end is there', seen: `${name} is not` }));
}
