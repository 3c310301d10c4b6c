import type { LoadRecord } from '../load/load-record.js';
import { outcomesOf } from './outcomes.js';
import type { Violation } from './violation.js';

/** Tasks that may be run again as often as it takes return in the end, and what they should. */
export const checkTasks = (records: readonly LoadRecord[]): Violation[] =>
  outcomesOf(records, 'task').flatMap(({ id, step, error }) =>
    step === 'refused' || step === 'unknown'
      ? [{ promise: 'a task that is retried without end returns the right result', seen: `${id}: ${error}` }]
      : [],
  );
