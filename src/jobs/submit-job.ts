import { ensureConnection, remoteByPath } from '../api/index.js';
import { type ResourceOptions, validateResourceOptions } from '../api/resource-options.js';
import { builtModule, InternalError, InvalidArgumentError, toError } from '../core/index.js';
import type { HeadClient } from '../rpc/index.js';
import { actorConnection } from '../runtime/handles/actor-handle.js';
import { requireRecord } from '../runtime/handles/option-rules.js';
import type { RuntimeEnv } from '../runtime/runtime-env/runtime-env.js';
import { sendRuntimeEnv } from '../runtime/runtime-env/send-runtime-env.js';
import type { JobSupervisor } from './job-supervisor.js';
import { JOBS_NAMESPACE, JobTable } from './job-table.js';
import { createSubmissionId, requireSubmissionId } from './submission-id.js';
import { failJob, newJob, type SubmittedJob } from './submitted-job.js';

const SUPERVISOR_MODULE = builtModule('src/jobs/job-supervisor.js');

/** What to run on the cluster. */
export interface JobSubmission {
  /** The program and its arguments; no shell reads them. */
  readonly entrypoint: readonly string[];
  /** Default: a new one. */
  readonly submissionId?: string | undefined;
  /** Of the entrypoint, and of all that its driver creates. */
  readonly runtimeEnv?: RuntimeEnv | undefined;
  /** For people and tools: texts by name. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** What the entrypoint itself takes from its node. With none of them it goes to the head's node, and takes nothing. */
  readonly resources?: ResourceOptions;
}

/**
 * Submits a job to the cluster that this program is connected to. It is the cluster's from then on: the program may end.
 * @returns the job, which has not started yet.
 * @throws {InvalidArgumentError} for an id that is taken and for a runtime environment that can't be: nothing was submitted.
 * @throws {ActorUnschedulableError} when no node can ever hold its resources; the job is there, and has FAILED.
 */
export async function submitJob(submission: JobSubmission): Promise<SubmittedJob> {
  const {
    entrypoint,
    submissionId = createSubmissionId(),
    runtimeEnv = {},
    metadata = {},
    resources = {},
  } = submission;
  requireSubmissionId(submissionId);
  validateResourceOptions(resources);
  requireTexts(metadata);
  if (entrypoint.length === 0)
    throw new InvalidArgumentError('The entrypoint of a job is a program and its arguments.');
  const { head } = await ensureConnection();
  // Ahead of the record, and once: what the supervisor is started with names the same package.
  await sendRuntimeEnv(head, runtimeEnv);
  const table = new JobTable(head);
  const job = newJob({ submissionId, entrypoint: [...entrypoint], metadata: { ...metadata } }, Date.now());
  await table.add(job);
  try {
    await startSupervisor(job, submission, head);
    return job;
  } catch (error) {
    await table.put(failJob(job, 'JOB_SUPERVISOR_ACTOR_START_FAILURE', toError(error).message, Date.now()));
    throw error;
  }
}

async function startSupervisor(
  { submissionId, supervisorName }: SubmittedJob,
  { resources = {}, runtimeEnv = {} }: JobSubmission,
  head: HeadClient,
): Promise<void> {
  const asksForNothing = Object.values(resources).every((amount) => amount === undefined);
  const supervisor = remoteByPath<typeof JobSupervisor>(SUPERVISOR_MODULE, 'JobSupervisor')
    .options({
      numCpus: 0,
      ...resources,
      ...(asksForNothing ? await besideHead(head) : {}),
      name: supervisorName,
      namespace: JOBS_NAMESPACE,
      lifetime: 'detached',
      runtimeEnv,
    })
    .remote(submissionId);
  const connection = actorConnection(supervisor);
  if (await connection?.registered) return;
  await connection?.alive;
  throw new InternalError(`The supervisor of job ${submissionId} was not registered.`);
}

/** @source Ray: entrypoints run on the head's node unless they ask for resources */
async function besideHead(head: HeadClient): Promise<object> {
  const { nodes } = await head.call('getClusterState', {});
  const node = nodes.find(({ isHeadNode, state }) => isHeadNode && state === 'NODE_LIFE_STATE_ALIVE');
  return node ? { schedulingStrategy: { nodeId: node.nodeId, soft: true } } : {};
}

function requireTexts(metadata: Readonly<Record<string, string>>): void {
  requireRecord('metadata', metadata);
  const wrong = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (wrong)
    throw new InvalidArgumentError(`The metadata of a job are texts; ${wrong[0]} is ${JSON.stringify(wrong[1])}.`);
}
