#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { RayError, toError } from '../core/index.js';
import { packageVersion } from '../process/index.js';
import { prepareArgv } from './argv/prepare-argv.js';
import { doctorCommand } from './commands/doctor.js';
import { generateCommand } from './commands/generate.js';
import { getCommand } from './commands/get.js';
import { jobCommand } from './commands/job.js';
import { listCommand } from './commands/list.js';
import { logsCommand } from './commands/logs.js';
import { memoryCommand } from './commands/memory.js';
import { microbenchmarkCommand } from './commands/microbenchmark.js';
import { runCommand } from './commands/run.js';
import { startCommand } from './commands/start.js';
import { statusCommand } from './commands/status.js';
import { stopCommand } from './commands/stop.js';
import { summaryCommand } from './commands/summary.js';
import { timelineCommand } from './commands/timeline.js';

const program = new Command('ray-ts')
  .description('A cluster of actors, and a distributed LLM engine on it.')
  .version(packageVersion)
  .addHelpText(
    'after',
    `
Quick start:
  ray-ts start --head                            a cluster on this machine
  ray-ts start --address=HEAD:6380               join it from another machine; RAY_TS_TOKEN holds its token
  ray-ts run driver.ts                           run a program on it
  ray-ts job submit --working-dir . -- npx tsx driver.ts   run it there, also when this terminal is gone
  ray-ts generate --model models/storyteller -tp 2 -pp 2 --cpus-per-worker 0.5 --chat "Tell me a story about a kite."
  ray-ts status
  ray-ts stop`,
  )
  .showHelpAfterError('(ray-ts --help lists the commands, ray-ts COMMAND --help their flags)')
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'Error:')) })
  .enablePositionalOptions()
  .exitOverride();
const commands = [
  startCommand(),
  stopCommand(),
  statusCommand(),
  listCommand(),
  getCommand(),
  summaryCommand(),
  memoryCommand(),
  timelineCommand(),
  doctorCommand(),
  microbenchmarkCommand(),
  runCommand(),
  jobCommand(),
  logsCommand(),
  generateCommand(),
];
for (const command of commands) {
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync(await prepareArgv(process.argv, commands));
} catch (error) {
  process.exitCode = report(error);
}

/** Usage errors have been printed by commander; errors of ray-ts are written to be read; the rest are faults. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  const text = error instanceof RayError ? `Error: ${error.message}` : toError(error).stack;
  process.stderr.write(`${text}\n`);
  return 1;
}
