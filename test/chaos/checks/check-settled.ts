import { type LoadRecord, works } from '../load/load-record.js';
import { outcomesOf } from './outcomes.js';
import type { Violation } from './violation.js';

/** Nothing hangs: every piece of work came to an end of one kind or another. */
export const checkSettled = (records: readonly LoadRecord[]): Violation[] =>
  outcomesOf(records, ...works)
    .filter(({ step }) => step === 'started')
    .map(({ work, id, startedAtMs }) => ({
      promise: 'whatever is asked for ends, with a result or an error',
      seen: `${work} ${id}, begun at ${new Date(startedAtMs).toISOString()}, never did`,
    }));
