import { judgeJob, SUPERVISOR_ABSENCE_MS } from '../../../../src/jobs/judge-job.js';
import { endJob, newJob, startJob } from '../../../../src/jobs/submitted-job.js';

const pending = newJob({ submissionId: 'job', entrypoint: ['true'], metadata: {} }, 1_000);
const running = startJob(pending, 'node1', 2_000);
const succeeded = endJob(running, { exitCode: 0, signal: '' }, 'by-itself', [], 3_000);
const died = { kind: 'ACTOR_DEATH_KIND_NODE_DIED', message: 'Its node is gone.' } as const;

describe('a job whose supervisor does not live', () => {
  it('is what its supervisor said ahead of its end', () => {
    expect(judgeJob(running, died, succeeded, 9_000)).toBe(succeeded);
    expect(judgeJob(pending, undefined, succeeded, 9_000)).toBe(succeeded);
  });

  it.each([pending, running])('has failed of its death', (job) => {
    expect(judgeJob(job, died, job, 9_000)).toMatchObject({
      status: 'FAILED',
      errorType: 'JOB_SUPERVISOR_ACTOR_DIED',
      message: 'The process that ran it died: Its node is gone.',
      endedAtMs: 9_000,
    });
  });

  it.each([
    ['ACTOR_DEATH_KIND_RUNTIME_ENV_FAILED', 'RUNTIME_ENV_SETUP_FAILURE'],
    ['ACTOR_DEATH_KIND_CONSTRUCTOR_FAILED', 'JOB_SUPERVISOR_ACTOR_START_FAILURE'],
    ['ACTOR_DEATH_KIND_UNSCHEDULABLE', 'JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE'],
  ] as const)('that never was one (%s) has failed with %s', (kind, errorType) => {
    expect(judgeJob(pending, { kind, message: 'why' }, pending, 9_000)).toMatchObject({ status: 'FAILED', errorType });
  });

  it('has failed when it ran and the head has forgotten its supervisor', () => {
    expect(judgeJob(running, undefined, running, 9_000)).toMatchObject({
      status: 'FAILED',
      errorType: 'JOB_SUPERVISOR_ACTOR_DIED',
    });
  });

  it('runs when the supervisor came up between the two looks at it', () => {
    expect(judgeJob(pending, undefined, running, 9_000)).toBe(running);
  });

  it('is given time by its submitter, and not for ever', () => {
    const deadline = pending.submittedAtMs + SUPERVISOR_ABSENCE_MS;
    expect(judgeJob(pending, undefined, pending, deadline - 1)).toBe(pending);
    expect(judgeJob(pending, undefined, pending, deadline)).toMatchObject({
      status: 'FAILED',
      errorType: 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT',
    });
  });
});
