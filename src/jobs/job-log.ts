import { setTimeout as sleep } from 'node:timers/promises';
import { type Credentials, IllegalStateError, toError } from '../core/index.js';
import { createAgentClient, type HeadClient, type LogReading, readLog } from '../rpc/index.js';
import { isTerminal } from './job-status.js';
import { explainPendingJob, readJob } from './read-job.js';
import { driverLogName, type SubmittedJob } from './submitted-job.js';

const POLL_MS = 300;
const WAITING_MS = 5_000;

/** The cluster that has the job. */
export interface JobCluster {
  readonly client: HeadClient;
  readonly credentials: Credentials;
}

/** What is told to who follows a job. */
export interface JobFollower {
  readonly onLines: OnLogLines;
  /** The job has not started for 5 s; once, with what it waits for. */
  readonly onWaiting: (reason: string) => void;
  /** Why lines can't be had any more; the job is waited for all the same. */
  readonly onBroken: (reason: string) => void;
}

export type OnLogLines = (lines: readonly string[]) => Promise<void>;

/**
 * Reads what the entrypoint of a job has printed until now; nothing of a job that never ran.
 * @throws {IllegalStateError} when the node that has the log is dead.
 */
export async function readJobLog(cluster: JobCluster, job: SubmittedJob, onLines: OnLogLines): Promise<void> {
  if (job.nodeId === '') return;
  await withReading(cluster, job, false, onLines, ({ ended }) => ended);
}

/** Hands on what the entrypoint of a job prints, from its first line to its last. @returns the job when it is over. */
export async function followJob(
  cluster: JobCluster,
  submissionId: string,
  { onLines, onWaiting, onBroken }: JobFollower,
): Promise<SubmittedJob> {
  const begun = await untilBegun(cluster, submissionId, onWaiting);
  if (begun.nodeId === '') return begun;
  const over = pollJob(cluster, submissionId, ({ status }) => isTerminal(status));
  try {
    await withReading(cluster, begun, true, onLines, async (reading) => {
      await Promise.race([over, reading.ended]);
      reading.finish();
      await reading.ended;
    });
  } catch (error) {
    onBroken(toError(error).message);
  }
  return over;
}

async function untilBegun(
  cluster: JobCluster,
  submissionId: string,
  onWaiting: (reason: string) => void,
): Promise<SubmittedJob> {
  const timer = setTimeout(() => {
    explainPendingJob(cluster.client, submissionId).then(onWaiting, () => undefined); // the poll throws the same
  }, WAITING_MS);
  try {
    return await pollJob(cluster, submissionId, ({ status }) => status !== 'PENDING');
  } finally {
    clearTimeout(timer);
  }
}

/** Looks at a job until it is as wanted. */
export async function pollJob(
  { client }: Pick<JobCluster, 'client'>,
  submissionId: string,
  isWanted: (job: SubmittedJob) => boolean,
): Promise<SubmittedJob> {
  for (;;) {
    const job = await readJob(client, submissionId);
    if (isWanted(job)) return job;
    await sleep(POLL_MS);
  }
}

async function withReading(
  { client, credentials }: JobCluster,
  { submissionId, nodeId }: SubmittedJob,
  follow: boolean,
  onLines: OnLogLines,
  use: (reading: LogReading) => Promise<void>,
): Promise<void> {
  const { nodes } = await client.call('getClusterState', {});
  const node = nodes.find((one) => one.nodeId === nodeId);
  if (node?.state !== 'NODE_LIFE_STATE_ALIVE') {
    throw new IllegalStateError(
      `The log of job ${submissionId} is on node ${node?.hostname ?? ''} (${nodeId}), which is not in the cluster any more.`,
    );
  }
  const agent = createAgentClient(node.agentAddress, credentials);
  try {
    await use(readLog(agent, { fileName: driverLogName(submissionId), tail: -1, follow }, onLines));
  } finally {
    agent.close();
  }
}
