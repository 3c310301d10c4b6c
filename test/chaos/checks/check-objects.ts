import type { LoadRecord, Work } from '../load/load-record.js';
import { type Outcome, outcomesOf } from './outcomes.js';
import type { Violation } from './violation.js';

const OBJECT_WORKS: readonly Work[] = [
  'put-object',
  'read-object',
  'lend-object',
  'hand-on-object',
  'read-lent-object',
  'read-result',
  'read-argument',
];

/**
 * What is read is right, or there is an error that the loss of nodes or of the way to them explains. A result of a task that
 * may run again is never lost, nor a small value to the process that put it.
 */
export const checkObjects = (records: readonly LoadRecord[]): Violation[] =>
  outcomesOf(records, ...OBJECT_WORKS)
    .filter((outcome) => outcome.error !== undefined && !isExplained(outcome))
    .map(({ work, id, size, error }) => ({
      promise: 'an object is read as it was made, unless what has it or made it is gone',
      seen: `${work} of ${id} (${size}): ${error}`,
    }));

function isExplained({ work, step, size, code, reason }: Outcome): boolean {
  const isLost = size === 'large' && code === 'RAY_OBJECT_LOST' && reason === 'put';
  if (work === 'read-object') return isLost;
  if (work === 'hand-on-object') return step === 'refused';
  // The actor may have been cut off from the driver for longer than a ref is lent.
  if (work === 'read-lent-object') return step === 'refused' || isLost || code === 'RAY_OWNER_DIED';
  return false;
}
