import { jobColumns, jobDetailColumns, jobRow } from '../../../../../src/cli/jobs/job-rows.js';
import { outcomeText, statusText, submittedText } from '../../../../../src/cli/jobs/job-texts.js';
import { failJob, newJob, startJob } from '../../../../../src/jobs/submitted-job.js';

const pending = newJob(
  { submissionId: 'raysubmit_1', entrypoint: ['npx', 'tsx', 'a.ts'], metadata: { a: 'b' } },
  1_000,
);
const failed = failJob(startJob(pending, 'n1', 2_000), 'JOB_ENTRYPOINT_COMMAND_ERROR', 'Why.', 3_000);

describe('what ray-ts job says', () => {
  it('after a submission: how to go on', () => {
    expect(submittedText('raysubmit_1')).toMatch(
      /^\n(-+)\nJob 'raysubmit_1' submitted successfully\n\1\n[\s\S]*ray-ts job logs -f raysubmit_1\n[\s\S]*job stop raysubmit_1\n$/,
    );
  });

  it('at the end: how it ended, and of a failure why', () => {
    expect(outcomeText({ ...pending, status: 'SUCCEEDED' })).toBe(
      `\n${'-'.repeat(27)}\nJob 'raysubmit_1' succeeded\n${'-'.repeat(27)}`,
    );
    expect(outcomeText(failed)).toMatch(/Job 'raysubmit_1' failed\n-+\nStatus message: Why\.$/);
  });

  it('of a status: what it is about, and of a job that waits for what', () => {
    expect(statusText(failed, '')).toBe("Status for job 'raysubmit_1': FAILED\nStatus message: Why.");
    expect(statusText(pending, 'It waits for a CPU.')).toMatch(/PENDING\nStatus message: .*\nIt waits for a CPU\.$/);
  });

  it("in the list: Ray's columns, and times as people read them", () => {
    const row = jobRow(failed);
    expect(row).toMatchObject({
      submission_id: 'raysubmit_1',
      status: 'FAILED',
      entrypoint: 'npx tsx a.ts',
      error_type: 'JOB_ENTRYPOINT_COMMAND_ERROR',
      start_time: '1970-01-01T00:00:02.000Z',
      driver_node_id: 'n1',
    });
    expect(Object.keys(row).sort()).toEqual([...jobDetailColumns].sort());
    expect(jobDetailColumns.slice(0, jobColumns.length)).toEqual(jobColumns);
  });
});
