import { InvalidArgumentError } from '../../core/index.js';
import { driverLogName } from '../../jobs/submitted-job.js';
import type { StateRow, StateTable } from '../state/state-row.js';

/** The files that a worker process prints to: worker-ID-PID.out and .err, of which either part may be unknown. */
export const workerLogGlob = (workerId: string, pid: string, stream: 'out' | 'err'): string =>
  `worker-${workerId}-${pid}.${stream}`;

export const jobLogGlob = (submissionId: string): string => driverLogName(submissionId);

/**
 * The worker process that an actor or task ran in last.
 * @param idPrefix its id, or the first characters of it.
 * @throws {InvalidArgumentError} when there is none of the id, or several, or it never came to a process.
 */
export function workerOf(table: StateTable, workerColumn: string, idPrefix: string): string {
  const { idColumn, rows } = table;
  const found = rows.filter((row) => String(row[idColumn]).startsWith(idPrefix));
  const ids = new Set(found.map((row) => row[idColumn]));
  if (ids.size === 0) throw new InvalidArgumentError(`There is no ${idColumn} ${idPrefix}.`);
  if (ids.size > 1) throw new InvalidArgumentError(`${ids.size} ids begin with ${idPrefix}. Give more of it.`);
  const workerId = String(found.at(-1)![workerColumn] ?? '');
  if (workerId !== '') return workerId;
  throw new InvalidArgumentError(
    `${idColumn} ${idPrefix} has no process, and so no log. ${describeWait(found.at(-1)!)}`,
  );
}

function describeWait(row: StateRow): string {
  const reason = row['waiting_for'] || row['death_cause'] || row['error_message'] || '';
  return `It is ${row['state']}.${reason === '' ? '' : ` ${String(reason)}`}`;
}
