import type { Transitions } from '../core/index.js';

/** Where a submitted job is. @source Ray's JobStatus */
export type JobStatus = 'PENDING' | 'RUNNING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED';

export const jobStatusTransitions: Transitions<JobStatus> = {
  PENDING: ['RUNNING', 'STOPPED', 'FAILED'],
  RUNNING: ['STOPPED', 'SUCCEEDED', 'FAILED'],
  STOPPED: [],
  SUCCEEDED: [],
  FAILED: [],
};

/** Nothing follows on it. */
export const isTerminal = (status: JobStatus): boolean => jobStatusTransitions[status].length === 0;
