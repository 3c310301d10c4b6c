import type { JobId, WorkerId } from '../../src/core/index.js';
import type { LogLines, WorkerEvent, WorkerMessage } from '../../src/rpc/index.js';
import type { ClusterState } from '../cluster-state.js';
import type { PeerStreams } from './peer-streams.js';

/**
 * Sends lines that workers printed on to the driver of their job, if it wants them. They are in the nodes' files as well:
 * those for a driver that is away are not kept.
 */
export function forwardLogLines(
  logLines: LogLines,
  { jobs }: Pick<ClusterState, 'jobs'>,
  workers: Pick<PeerStreams<WorkerId, WorkerMessage, WorkerEvent>, 'send'>,
): void {
  const job = jobs.get(logLines.jobId as JobId);
  if (job?.state === 'RUNNING' && job.logToDriver) workers.send(job.driverWorkerId, { logLines });
}
