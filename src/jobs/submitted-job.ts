import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { InternalError, transition } from '../core/index.js';
import { type JobStatus, jobStatusTransitions } from './job-status.js';

/** Why a job failed. @source Ray's JobErrorType */
const jobErrorTypes = [
  'RUNTIME_ENV_SETUP_FAILURE',
  'JOB_SUPERVISOR_ACTOR_START_TIMEOUT',
  'JOB_SUPERVISOR_ACTOR_START_FAILURE',
  'JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE',
  'JOB_SUPERVISOR_ACTOR_DIED',
  'JOB_ENTRYPOINT_COMMAND_START_ERROR',
  'JOB_ENTRYPOINT_COMMAND_ERROR',
] as const;

export type JobErrorType = (typeof jobErrorTypes)[number];

const schema = z.object({
  submissionId: z.string(),
  /** The program and its arguments; no shell reads them. */
  entrypoint: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
  status: z.enum(Object.keys(jobStatusTransitions) as [JobStatus, ...JobStatus[]]),
  /** For people: what the status is about, and for a failure its reason. */
  message: z.string(),
  /** Set when it failed. */
  errorType: z.enum(jobErrorTypes).nullable(),
  /** Of the entrypoint; null before its end, and when a signal ended it. */
  exitCode: z.number().nullable(),
  /** The name of the actor that runs the entrypoint: no other job has it, also none of the same id later. */
  supervisorName: z.string(),
  /** Where the entrypoint runs and its log is; empty before it does. */
  nodeId: z.string(),
  /** Unix milliseconds; 0 for what has not come. */
  submittedAtMs: z.number(),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
});

/** A job that was submitted to the cluster, as the head keeps it. */
export type SubmittedJob = Readonly<z.infer<typeof schema>>;

/** What a submission says of itself. */
export type JobDescription = Pick<SubmittedJob, 'submissionId' | 'entrypoint' | 'metadata'>;

export function newJob(description: JobDescription, nowMs: number): SubmittedJob {
  return {
    ...description,
    status: 'PENDING',
    message: 'It has not started yet: it waits for its place, or for its program folder to be on the node.',
    errorType: null,
    exitCode: null,
    supervisorName: `job-supervisor-${description.submissionId}-${randomBytes(4).toString('hex')}`,
    nodeId: '',
    submittedAtMs: nowMs,
    startedAtMs: 0,
    endedAtMs: 0,
  };
}

export function startJob(job: SubmittedJob, nodeId: string, nowMs: number): SubmittedJob {
  return { ...changed(job, 'RUNNING'), message: 'It runs.', nodeId, startedAtMs: nowMs };
}

export function stopPendingJob(job: SubmittedJob, nowMs: number): SubmittedJob {
  return { ...changed(job, 'STOPPED'), message: 'It was stopped before it started.', endedAtMs: nowMs };
}

export function failJob(job: SubmittedJob, errorType: JobErrorType, message: string, nowMs: number): SubmittedJob {
  return { ...changed(job, 'FAILED'), errorType, message, endedAtMs: nowMs };
}

/** How an entrypoint ended. */
export interface EntrypointExit {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Empty when it ended by itself. */
  readonly signal: string;
}

/** @param lastLines of its log, for the message of a failure. */
export function endJob(
  job: SubmittedJob,
  exit: EntrypointExit,
  why: 'by-itself' | 'was-stopped',
  lastLines: readonly string[],
  nowMs: number,
): SubmittedJob {
  const { exitCode } = exit;
  if (why === 'was-stopped') {
    return { ...changed(job, 'STOPPED'), message: 'It was stopped on request.', exitCode, endedAtMs: nowMs };
  }
  if (exitCode === 0) {
    return { ...changed(job, 'SUCCEEDED'), message: 'It finished successfully.', exitCode, endedAtMs: nowMs };
  }
  const how = exit.signal === '' ? `with exit code ${exitCode}` : `by the signal ${exit.signal}`;
  const tail = lastLines.map((line) => `\n  ${line}`).join('');
  const message = `The entrypoint ended ${how}.${tail === '' ? ' It printed nothing.' : ` Its last lines:${tail}`}`;
  return { ...failJob(job, 'JOB_ENTRYPOINT_COMMAND_ERROR', message, nowMs), exitCode };
}

/** The file of its node's logs that has what the entrypoint prints. */
export const driverLogName = (submissionId: string): string => `job-driver-${submissionId}.log`;

export const encodeJob = (job: SubmittedJob): Uint8Array => Buffer.from(JSON.stringify(job));

/** @throws {InternalError} for what is no record of a job. */
export function decodeJob(key: string, bytes: Uint8Array): SubmittedJob {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (error) {
    throw new InternalError(`The head's record of job ${key} is damaged, or from another version of ray-ts.`, {
      cause: error,
    });
  }
}

function changed(job: SubmittedJob, to: JobStatus): SubmittedJob {
  return { ...job, status: transition(jobStatusTransitions, 'Job', job.submissionId, job.status, to) };
}
