import { ensureConnection, get, getActor } from '../api/index.js';
import { RayError } from '../core/index.js';
import type { HeadClient } from '../rpc/index.js';
import { isTerminal } from './job-status.js';
import type { JobSupervisor } from './job-supervisor.js';
import { JOBS_NAMESPACE, JobTable } from './job-table.js';
import { livingSupervisor, readJob } from './read-job.js';
import { type SubmittedJob, stopPendingJob } from './submitted-job.js';

/**
 * Asks the entrypoint of a job to end: SIGTERM, and SIGKILL after 3 s. The job is STOPPED when it has; one that is PENDING is
 * STOPPED at once.
 * @returns false when the job was over already.
 * @throws {InvalidArgumentError} when there is no such job.
 */
export async function stopJob(submissionId: string): Promise<boolean> {
  const { head } = await ensureConnection();
  const job = await readJob(head, submissionId);
  if (isTerminal(job.status)) return false;
  if (job.status === 'PENDING') return stopPending(head, job);
  try {
    const supervisor = await getActor<JobSupervisor>(job.supervisorName, { namespace: JOBS_NAMESPACE });
    await get(supervisor.stop.remote());
    return true;
  } catch (error) {
    // It may have come to its end meanwhile.
    if (error instanceof RayError && isTerminal((await readJob(head, submissionId)).status)) return false;
    throw error;
  }
}

/** Once its supervisor is gone nobody else writes the record. */
async function stopPending(head: HeadClient, job: SubmittedJob): Promise<boolean> {
  const actorId = await livingSupervisor(head, job);
  if (actorId !== undefined) await head.call('killActor', { actorId });
  const table = new JobTable(head);
  const now = await table.get(job.submissionId);
  if (isTerminal(now.status)) return false;
  await table.put(stopPendingJob(now, Date.now()));
  return true;
}
