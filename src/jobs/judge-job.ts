import type { ActorDeath } from '../rpc/index.js';
import { isTerminal } from './job-status.js';
import { failJob, type JobErrorType, type SubmittedJob } from './submitted-job.js';

/** From the record of a job to its supervisor a submitter needs one call to the head. */
export const SUPERVISOR_ABSENCE_MS = 60_000;

/** What the head knows of a supervisor that does not live: how it died; or nothing, when it has forgotten it or never knew it. */
export type MissingSupervisor = Pick<ActorDeath, 'kind' | 'message'> | undefined;

/**
 * What a job is whose supervisor was not found alive. Nobody else notices that: a job that is over in its record stays what
 * it is, for a supervisor says how its job ended before it ends.
 *
 * @param before the record ahead of the look for the supervisor, `after` the one behind it.
 */
export function judgeJob(
  before: SubmittedJob,
  supervisor: MissingSupervisor,
  after: SubmittedJob,
  nowMs: number,
): SubmittedJob {
  if (isTerminal(after.status)) return after;
  if (supervisor) {
    const message = `The process that ran it died: ${supervisor.message}`;
    return failJob(after, errorTypeOf(supervisor.kind), message, nowMs);
  }
  if (before.status === 'RUNNING') {
    return failJob(after, 'JOB_SUPERVISOR_ACTOR_DIED', 'The process that ran it is gone.', nowMs);
  }
  if (after.status !== 'PENDING' || nowMs - after.submittedAtMs < SUPERVISOR_ABSENCE_MS) return after;
  const message = 'The program that submitted it ended before it could start it. Submit it again.';
  return failJob(after, 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT', message, nowMs);
}

function errorTypeOf(kind: ActorDeath['kind']): JobErrorType {
  if (kind === 'ACTOR_DEATH_KIND_RUNTIME_ENV_FAILED') return 'RUNTIME_ENV_SETUP_FAILURE';
  if (kind === 'ACTOR_DEATH_KIND_CONSTRUCTOR_FAILED') return 'JOB_SUPERVISOR_ACTOR_START_FAILURE';
  if (kind === 'ACTOR_DEATH_KIND_UNSCHEDULABLE') return 'JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE';
  return 'JOB_SUPERVISOR_ACTOR_DIED';
}
