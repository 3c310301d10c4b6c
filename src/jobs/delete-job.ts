import { IllegalStateError } from '../core/index.js';
import type { HeadClient } from '../rpc/index.js';
import { isTerminal } from './job-status.js';
import { JobTable } from './job-table.js';
import { readJob } from './read-job.js';

/**
 * Takes a job that is over out of the list. Its log stays.
 * @throws {InvalidArgumentError} when there is none of the id; {IllegalStateError} when it is not over.
 */
export async function deleteJob(head: Pick<HeadClient, 'call'>, submissionId: string): Promise<void> {
  const { status } = await readJob(head, submissionId);
  if (!isTerminal(status)) {
    throw new IllegalStateError(
      `Job ${submissionId} is ${status}: stop it first, with ray-ts job stop ${submissionId}.`,
    );
  }
  await new JobTable(head).delete(submissionId);
}
