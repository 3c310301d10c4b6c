import { InvalidArgumentError } from '../core/index.js';
import type { ActorView, HeadClient } from '../rpc/index.js';
import { isTerminal } from './job-status.js';
import { JOBS_NAMESPACE, JobTable } from './job-table.js';
import { judgeJob } from './judge-job.js';
import type { SubmittedJob } from './submitted-job.js';

type AskedHead = Pick<HeadClient, 'call'>;

/** A job as it is now. @throws {InvalidArgumentError} when there is none of the id. */
export async function readJob(head: AskedHead, submissionId: string): Promise<SubmittedJob> {
  return settle(head, await new JobTable(head).get(submissionId));
}

/** All jobs as they are now, oldest first. */
export async function listJobs(head: AskedHead): Promise<SubmittedJob[]> {
  const jobs = await new JobTable(head).list();
  return Promise.all(jobs.map((job) => settle(head, job)));
}

/** Why a job has not started, as the head explains it; empty when it has nothing to say. */
export async function explainPendingJob(head: AskedHead, submissionId: string): Promise<string> {
  const job = await new JobTable(head).get(submissionId);
  return (await findSupervisor(head, job))?.pendingReason ?? '';
}

/** The living actor that runs a job; undefined when there is none. */
export async function livingSupervisor(head: AskedHead, { supervisorName }: SubmittedJob): Promise<string | undefined> {
  try {
    const { actor } = await head.call('getNamedActor', { name: supervisorName, namespace: JOBS_NAMESPACE });
    return actor?.actorId;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}

async function settle(head: AskedHead, before: SubmittedJob): Promise<SubmittedJob> {
  if (isTerminal(before.status) || (await livingSupervisor(head, before)) !== undefined) return before;
  const supervisor = await findSupervisor(head, before);
  const after = await new JobTable(head).get(before.submissionId);
  return judgeJob(before, supervisor?.death ?? undefined, after, Date.now());
}

async function findSupervisor(head: AskedHead, job: SubmittedJob): Promise<ActorView | undefined> {
  const { actors } = await head.call('getClusterState', {});
  return actors.find(({ name, namespace }) => name === job.supervisorName && namespace === JOBS_NAMESPACE);
}
