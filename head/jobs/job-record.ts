import type { JobId, Transitions, WorkerId } from '../../src/core/index.js';

export type JobState = 'RUNNING' | 'FINISHED';

export const jobTransitions: Transitions<JobState> = { RUNNING: ['FINISHED'], FINISHED: [] };

/** A driver's run: owner of the actors and placement groups that it makes. */
export interface JobRecord {
  readonly jobId: JobId;
  readonly state: JobState;
  /** The driver: its session is the lease on the job. */
  readonly driverWorkerId: WorkerId;
  /** Where names are looked up that come without one. */
  readonly namespace: string;
  readonly hostname: string;
  readonly pid: number;
  readonly entrypoint: string;
  /** Of the submission that started the driver; empty for one that a person started. */
  readonly submissionId: string;
  /** The driver wants the lines that the job's workers print. */
  readonly logToDriver: boolean;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  /** Unix milliseconds; 0 while it runs. */
  readonly endedAtMs: number;
}
