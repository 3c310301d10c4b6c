import type { JobId, Transitions } from '../../src/core/index.js';

export type JobState = 'RUNNING' | 'FINISHED';

export const jobTransitions: Transitions<JobState> = { RUNNING: ['FINISHED'], FINISHED: [] };

/** A driver's run: owner of the actors and placement groups that it makes. */
export interface JobRecord {
  readonly jobId: JobId;
  readonly state: JobState;
  readonly hostname: string;
  readonly pid: number;
  readonly entrypoint: string;
}
