import type { SubmittedJob } from '../../jobs/submitted-job.js';
import type { StateRow } from '../state/state-row.js';

/** Of `ray-ts job list`; the rest is shown with `--detail`. */
export const jobColumns = ['submission_id', 'status', 'entrypoint', 'start_time', 'end_time'];
export const jobDetailColumns = [
  ...jobColumns,
  'message',
  'error_type',
  'driver_exit_code',
  'metadata',
  'driver_node_id',
  'submission_time',
];

export function jobRow(job: SubmittedJob): StateRow {
  return {
    submission_id: job.submissionId,
    status: job.status,
    entrypoint: job.entrypoint.join(' '),
    start_time: timeOf(job.startedAtMs),
    end_time: timeOf(job.endedAtMs),
    message: job.message,
    error_type: job.errorType,
    driver_exit_code: job.exitCode,
    metadata: { ...job.metadata },
    driver_node_id: job.nodeId,
    submission_time: timeOf(job.submittedAtMs),
  };
}

/** ISO 8601; empty for a time that has not come. */
const timeOf = (unixMs: number): string => (unixMs > 0 ? new Date(unixMs).toISOString() : '');
