import { Command } from 'commander';
import { pollJob } from '../../jobs/job-log.js';
import { isTerminal } from '../../jobs/job-status.js';
import { stopJob } from '../../jobs/stop-job.js';
import { print } from '../print-lines.js';
import { addressOption, withHead } from '../with-head.js';
import { outcomeText } from './job-texts.js';
import { withClusterConnection } from './with-cluster-connection.js';

interface StopFlags {
  readonly address?: string;
  readonly wait: boolean;
}

export function stopCommand(): Command {
  return new Command('stop')
    .description('Ask the entrypoint of a job to end, and make it after 3 s.')
    .argument('<submission-id>')
    .addOption(addressOption())
    .option('--no-wait', "don't wait for its end")
    .action(stop);
}

async function stop(submissionId: string, flags: StopFlags): Promise<void> {
  print(`Attempting to stop job '${submissionId}'`);
  const isStopping = await withClusterConnection(flags.address, () => stopJob(submissionId));
  if (isStopping && !flags.wait) return;
  if (isStopping) print(`Waiting for job '${submissionId}' to exit (disable with --no-wait):`);
  const job = await withHead(flags.address, (cluster) =>
    pollJob(cluster, submissionId, ({ status }) => isTerminal(status)),
  );
  if (!isStopping) print('It was over already:');
  print(outcomeText(job));
}
