import type { JobRecord } from '../../../../head/jobs/job-record.js';
import { forwardLogLines } from '../../../../head/services/forward-log-lines.js';
import type { JobId } from '../../../../src/core/index.js';
import type { LogLines } from '../../../../src/rpc/index.js';
import { jobRecord } from '../../../support/head-records.js';

const logLines: LogLines = {
  jobId: 'j1',
  nodeId: 'n1',
  ip: '10.0.0.1',
  pid: 7,
  source: 'Counter',
  actorName: '',
  isError: false,
  lines: ['hello'],
};

describe('lines that workers print', () => {
  const receivers = (change: Partial<JobRecord>): string[] => {
    const told: string[] = [];
    const jobs = new Map([['j1' as JobId, jobRecord('j1', { logToDriver: true, ...change })]]);
    forwardLogLines(logLines, { jobs }, { send: (workerId) => told.push(workerId) });
    return told;
  };

  it('go to the driver of their job', () => {
    const { driverWorkerId } = jobRecord('j1');
    expect(receivers({})).toEqual([driverWorkerId]);
  });

  it('go nowhere when it does not want them, or is gone', () => {
    expect(receivers({ logToDriver: false })).toEqual([]);
    expect(receivers({ state: 'FINISHED' })).toEqual([]);
  });

  it('go nowhere when nobody knows the job', () => {
    const told: string[] = [];
    forwardLogLines(logLines, { jobs: new Map() }, { send: (workerId) => told.push(workerId) });
    expect(told).toEqual([]);
  });
});
