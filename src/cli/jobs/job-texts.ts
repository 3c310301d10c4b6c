import type { SubmittedJob } from '../../jobs/submitted-job.js';

/** What `ray-ts job` says, in Ray's layout. */

export function submittedText(submissionId: string): string {
  return `${banner(`Job '${submissionId}' submitted successfully`)}

Next steps
  Follow the logs of the job:
    ray-ts job logs -f ${submissionId}
  Query the status of the job:
    ray-ts job status ${submissionId}
  Request the job to be stopped:
    ray-ts job stop ${submissionId}
`;
}

/** How a job that is over ended, with what is to be said of it. */
export function outcomeText({ submissionId, status, message }: SubmittedJob): string {
  if (status === 'SUCCEEDED') return banner(`Job '${submissionId}' succeeded`);
  if (status === 'STOPPED') return banner(`Job '${submissionId}' was stopped`);
  return `${banner(`Job '${submissionId}' failed`)}\nStatus message: ${message}`;
}

/** @param pendingReason why it is PENDING, where the head knows. */
export function statusText({ submissionId, status, message }: SubmittedJob, pendingReason: string): string {
  const text = `Status for job '${submissionId}': ${status}\nStatus message: ${message}`;
  return pendingReason === '' ? text : `${text}\n${pendingReason}`;
}

export function detachedText(submissionId: string): string {
  return `
Job '${submissionId}' goes on without this terminal.
  Follow it: ray-ts job logs -f ${submissionId}
  Stop it:   ray-ts job stop ${submissionId}`;
}

function banner(text: string): string {
  const rule = '-'.repeat(text.length);
  return `\n${rule}\n${text}\n${rule}`;
}
