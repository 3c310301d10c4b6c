import { Command, Option } from 'commander';
import { deleteJob } from '../../jobs/delete-job.js';
import { readJobLog } from '../../jobs/job-log.js';
import { explainPendingJob, listJobs, readJob } from '../../jobs/read-job.js';
import { followToEnd } from '../jobs/follow-to-end.js';
import { jobColumns, jobDetailColumns, jobRow } from '../jobs/job-rows.js';
import { statusText } from '../jobs/job-texts.js';
import { stopCommand } from '../jobs/stop-command.js';
import { submitCommand } from '../jobs/submit-command.js';
import { print, printLines, warn } from '../print-lines.js';
import { formatRows, type RowFormat, rowFormats } from '../state/format-rows.js';
import { addressOption, withHead } from '../with-head.js';

interface AddressFlags {
  readonly address?: string;
}

interface LogsFlags extends AddressFlags {
  readonly follow?: true;
}

interface ListFlags extends AddressFlags {
  readonly format: RowFormat;
  readonly detail?: true;
}

export function jobCommand(): Command {
  const job = new Command('job')
    .description('Submit programs to the cluster, and see what becomes of them.')
    .enablePositionalOptions();
  const commands = [
    submitCommand(),
    stopCommand(),
    ofOneJob('status', 'Show where a job is, and why.').action(status),
    ofOneJob('logs', 'Print what the entrypoint of a job has printed.')
      .option('-f, --follow', 'go on until the job is over')
      .action(logs),
    ofOneJob('delete', 'Forget a job that is over. Its log stays.').action(remove),
    listCommand(),
  ];
  for (const command of commands) job.addCommand(command.copyInheritedSettings(job));
  return job;
}

const ofOneJob = (name: string, description: string): Command =>
  new Command(name).description(description).argument('<submission-id>').addOption(addressOption());

const listCommand = (): Command =>
  new Command('list')
    .description('List the jobs that were submitted, oldest first.')
    .addOption(new Option('--format <format>').choices(rowFormats).default('default'))
    .option('--detail', 'every column there is')
    .addOption(addressOption())
    .action(list);

async function status(submissionId: string, flags: AddressFlags): Promise<void> {
  await withHead(flags.address, async ({ client }) => {
    const job = await readJob(client, submissionId);
    const reason = job.status === 'PENDING' ? await explainPendingJob(client, submissionId) : '';
    print(statusText(job, reason));
  });
}

async function logs(submissionId: string, flags: LogsFlags): Promise<void> {
  if (flags.follow) return followToEnd(flags.address, submissionId);
  await withHead(flags.address, async (cluster) => {
    const job = await readJob(cluster.client, submissionId);
    if (job.nodeId === '') warn(`Job '${submissionId}' is ${job.status} and has no log. ${job.message}`);
    await readJobLog(cluster, job, printLines);
  });
}

async function list(flags: ListFlags): Promise<void> {
  const jobs = await withHead(flags.address, ({ client }) => listJobs(client));
  const columns = flags.detail ? jobDetailColumns : jobColumns;
  process.stdout.write(formatRows(jobs.map(jobRow), columns, flags.format));
}

async function remove(submissionId: string, flags: AddressFlags): Promise<void> {
  await withHead(flags.address, ({ client }) => deleteJob(client, submissionId));
  print(`Job '${submissionId}' deleted successfully`);
}
