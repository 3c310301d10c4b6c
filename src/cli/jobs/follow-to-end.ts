import { followJob } from '../../jobs/job-log.js';
import { print, printLines, warn } from '../print-lines.js';
import { withHead } from '../with-head.js';
import { detachedText, outcomeText } from './job-texts.js';

/** A head that is away meanwhile is waited for: it may be starting again. */
const HEAD_PATIENCE_MS = 60_000;
const INTERRUPTED = 130;

/**
 * Prints the log of a job until the job is over, and how it ended: this command's exit code is 1 unless it succeeded. Ctrl-C
 * leaves the job alone.
 */
export async function followToEnd(address: string | undefined, submissionId: string): Promise<void> {
  const detach = (): void => {
    print(detachedText(submissionId));
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', detach);
  const job = await withHead(address, (cluster) => {
    cluster.client.waitForHead(HEAD_PATIENCE_MS);
    return followJob(cluster, submissionId, {
      onLines: printLines,
      onWaiting: (reason) => warn(`The job has not started yet. ${reason}`),
      onBroken: (reason) => warn(`The log can't be followed any more: ${reason}`),
    });
  });
  process.off('SIGINT', detach);
  print(outcomeText(job));
  process.exitCode = job.status === 'SUCCEEDED' ? 0 : 1;
}
