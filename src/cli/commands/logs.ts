import { Command } from 'commander';
import { InvalidArgumentError } from '../../core/index.js';
import { jobLogGlob, workerLogGlob, workerOf } from '../logs/log-subjects.js';
import { chooseNodes, findLogs, formatLogs, type NodeChoice } from '../logs/node-logs.js';
import { type LogRange, placesOf, printLog, requireOnePlace } from '../logs/print-log.js';
import { parseInteger } from '../parse-values.js';
import { warn } from '../print-lines.js';
import { readStateTable } from '../state/read-state-table.js';
import { addressOption, type ReachedHead, withHead } from '../with-head.js';

interface LogsFlags extends NodeChoice, LogRange {
  readonly address?: string;
}

interface ProcessFlags extends LogsFlags {
  readonly id?: string;
  readonly pid?: number;
  readonly err?: true;
}

const TIMEOUT_MS = 30_000;

export function logsCommand(): Command {
  const logs = addLogFlags(new Command('logs'))
    .description("List the nodes' log files, or print one: by its name, or by whose it is.")
    .argument('[glob]', 'names of files, such as worker-*.err; a single one is printed')
    .addHelpText(
      'after',
      `
Examples:
  ray-ts logs                      # all files, by node
  ray-ts logs agent.log --tail -1 --node-ip 10.0.0.2
  ray-ts logs actor --id 31405554 --err
  ray-ts logs worker --pid 4711 --follow
  ray-ts logs job --id raysubmit_… --follow`,
    )
    .enablePositionalOptions()
    .action(listOrPrint);
  const subjects = [
    ofProcess('actor', 'What the process of an actor prints.')
      .option('--id <id>', 'the actor, or the first characters of its id')
      .option('--pid <pid>', 'its process', parseInteger)
      .action((flags: ProcessFlags) => printOf(flags, 'actor', (head) => globOfActor(flags, head))),
    ofProcess('task', 'What the process prints that ran a task: also of its other tasks.')
      .requiredOption('--id <id>', 'the task, or the first characters of its id')
      .action((flags: ProcessFlags) => printOf(flags, 'task', (head) => globOf('tasks', flags, head))),
    ofProcess('worker', 'What a process prints that runs an actor or tasks.')
      .requiredOption('--pid <pid>', 'the process', parseInteger)
      .action((flags: ProcessFlags) => printOf(flags, 'process', async () => globOfPid(flags))),
    addLogFlags(new Command('job').description('What the entrypoint of a submitted job prints.'))
      .requiredOption('--id <id>', 'its submission id')
      .action((flags: ProcessFlags) => printOf(flags, 'job', async () => jobLogGlob(flags.id!))),
  ];
  for (const subject of subjects) logs.addCommand(subject.copyInheritedSettings(logs));
  return logs;
}

const ofProcess = (name: string, description: string): Command =>
  addLogFlags(new Command(name).description(description)).option('--err', 'standard error instead of output');

function addLogFlags(command: Command): Command {
  return command
    .option('--node-id <id>', 'of this node only; the first characters are enough')
    .option('--node-ip <ip>', 'of the node at this address only')
    .option('--tail <lines>', 'so many lines from the end; -1 all', parseInteger, 1_000)
    .option('-f, --follow', 'go on with what is written, until Ctrl-C')
    .addOption(addressOption());
}

async function listOrPrint(glob: string | undefined, flags: LogsFlags): Promise<void> {
  await withHead(flags.address, async (head) => {
    const logs = await find(glob ?? '*', flags, head);
    const places = placesOf(logs);
    if (glob !== undefined && (places.length <= 1 || flags.follow)) {
      await printLog(requireOnePlace(places, `the name ${glob}`), flags, head);
    } else process.stdout.write(formatLogs(logs));
  });
}

async function printOf(
  flags: ProcessFlags,
  subject: string,
  findGlob: (head: ReachedHead) => Promise<string>,
): Promise<void> {
  await withHead(flags.address, async (head) => {
    const places = placesOf(await find(await findGlob(head), flags, head));
    await printLog(requireOnePlace(places, `${subject} ${flags.id ?? flags.pid}`), flags, head);
  });
}

async function globOfActor(flags: ProcessFlags, head: ReachedHead): Promise<string> {
  if ((flags.id === undefined) === (flags.pid === undefined)) {
    throw new InvalidArgumentError('Give the actor by --id or by --pid.');
  }
  return flags.id === undefined ? globOfPid(flags) : globOf('actors', flags, head);
}

async function globOf(resource: 'actors' | 'tasks', flags: ProcessFlags, head: ReachedHead): Promise<string> {
  const table = await readStateTable(resource, head, TIMEOUT_MS);
  return workerLogGlob(workerOf(table, 'worker_id', flags.id!), '*', streamOf(flags));
}

const globOfPid = (flags: ProcessFlags): string => workerLogGlob('*', String(flags.pid), streamOf(flags));

const streamOf = ({ err }: ProcessFlags): 'out' | 'err' => (err ? 'err' : 'out');

async function find(glob: string, flags: LogsFlags, head: ReachedHead) {
  const { nodes } = await head.client.call('getClusterState', {}, TIMEOUT_MS);
  const logs = await findLogs(chooseNodes(nodes, flags), glob, head);
  for (const { node, fileNames } of logs) {
    if (fileNames instanceof Error) warn(`Node ${node.hostname} (${node.agentAddress}): ${fileNames.message}`);
  }
  return logs;
}
