import { InternalError } from '../../../../src/core/index.js';
import { isTerminal, type JobStatus, jobStatusTransitions } from '../../../../src/jobs/job-status.js';
import {
  decodeJob,
  encodeJob,
  endJob,
  failJob,
  newJob,
  startJob,
  stopPendingJob,
} from '../../../../src/jobs/submitted-job.js';

const pending = newJob({ submissionId: 'job', entrypoint: ['npx', 'tsx', 'a b.ts'], metadata: { team: 'x' } }, 1_000);
const running = startJob(pending, 'node1', 2_000);

describe('a submitted job', () => {
  it('begins as PENDING, with a supervisor of a name that no other job of the same id has', () => {
    const again = newJob(pending, 1_000);
    expect(pending).toMatchObject({ status: 'PENDING', submittedAtMs: 1_000, startedAtMs: 0, endedAtMs: 0 });
    expect(again.supervisorName).not.toBe(pending.supervisorName);
  });

  it('keeps what it was when it runs', () => {
    const { submissionId, entrypoint, metadata, supervisorName } = pending;
    expect(running).toMatchObject({ submissionId, entrypoint, metadata, supervisorName });
    expect(running).toMatchObject({ status: 'RUNNING', nodeId: 'node1', startedAtMs: 2_000 });
  });

  it.each([
    ['SUCCEEDED', { exitCode: 0, signal: '' }, 'by-itself', 'It finished successfully.'],
    [
      'FAILED',
      { exitCode: 2, signal: '' },
      'by-itself',
      'The entrypoint ended with exit code 2. Its last lines:\n  no!',
    ],
    ['FAILED', { exitCode: null, signal: 'SIGKILL' }, 'by-itself', 'The entrypoint ended by the signal SIGKILL.'],
    ['STOPPED', { exitCode: null, signal: 'SIGTERM' }, 'was-stopped', 'It was stopped on request.'],
    ['STOPPED', { exitCode: 0, signal: '' }, 'was-stopped', 'It was stopped on request.'],
  ] as const)('is %s after %j, %s', (status, exit, why, message) => {
    const ended = endJob(running, exit, why, ['no!'], 3_000);
    expect(ended).toMatchObject({ status, exitCode: exit.exitCode, endedAtMs: 3_000 });
    expect(ended.message.startsWith(message)).toBe(true);
    expect(ended.errorType).toBe(status === 'FAILED' ? 'JOB_ENTRYPOINT_COMMAND_ERROR' : null);
  });

  it('says when its entrypoint printed nothing', () => {
    expect(endJob(running, { exitCode: 1, signal: '' }, 'by-itself', [], 0).message).toBe(
      'The entrypoint ended with exit code 1. It printed nothing.',
    );
  });

  it('changes no more when it is over', () => {
    const stopped = stopPendingJob(pending, 2_000);
    expect(stopped).toMatchObject({ status: 'STOPPED', endedAtMs: 2_000, startedAtMs: 0 });
    expect(() => startJob(stopped, 'node1', 3_000)).toThrow(InternalError);
    expect(() => failJob(stopped, 'JOB_SUPERVISOR_ACTOR_DIED', '', 3_000)).toThrow(
      /job can't go from STOPPED to FAILED/,
    );
  });

  it('is over in the statuses that nothing follows on', () => {
    const statuses = Object.keys(jobStatusTransitions) as JobStatus[];
    expect(statuses.filter(isTerminal)).toEqual(['STOPPED', 'SUCCEEDED', 'FAILED']);
  });

  it('is the same after a stay in the head', () => {
    expect(decodeJob('job', encodeJob(running))).toEqual(running);
  });

  it.each(['', '{}', '[1]', JSON.stringify({ ...pending, status: 'DONE' })])('is not read from %s', (text) => {
    expect(() => decodeJob('job', Buffer.from(text))).toThrow("The head's record of job job is damaged");
  });
});
