import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { InvalidArgumentError } from '../../core/index.js';

export function runCommand(): Command {
  return new Command('run')
    .description('Run a driver program, in TypeScript or JavaScript, on the cluster (or on a local one of its own).')
    .argument('<program>', 'the file, .ts or .js')
    .argument('[arguments...]', 'passed on to it')
    .option('--address <host:port>', "the cluster (default: RAY_TS_ADDRESS, else this machine's, else a local one)")
    .passThroughOptions()
    .action(run);
}

async function run(program: string, args: readonly string[], flags: { readonly address?: string }): Promise<void> {
  const path = resolve(program);
  if (!existsSync(path)) throw new InvalidArgumentError(`There is no file ${path}.`);
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const env = flags.address ? { ...process.env, RAY_TS_ADDRESS: flags.address } : process.env;
  const child = spawn(process.execPath, ['--import', tsx, path, ...args], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to both; the program shuts down in order, and its end is this command's.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((settle) => {
    child.once('exit', (exitCode, exitSignal) => settle([exitCode, exitSignal]));
  });
  process.exitCode = signal ? 1 : (code ?? 1);
}
