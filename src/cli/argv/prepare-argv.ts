import { readFile } from 'node:fs/promises';
import type { Command, Option } from 'commander';
import { InvalidArgumentError } from '../../core/index.js';
import { configFileFlags } from './config-file-flags.js';
import { expandShortFlags } from './expand-short-flags.js';
import { foldDottedFlags } from './fold-dotted-flags.js';

/** Commands whose arguments belong to a program of the user. */
const PROGRAM_COMMANDS: ReadonlySet<string> = new Set(['run', 'job', 'launch']);

/** Adds the flag that {@link prepareArgv} reads; the command itself has no use for it. */
export const addConfigFileFlag = (command: Command): Command =>
  command.option(
    '--config <file.yaml>',
    'flags from a file, a line each, as max-model-len: 2048; those given here win',
  );

const nameOf = (argument: string): string => argument.split('=')[0]!;

function pathOf(args: readonly string[]): string | undefined {
  const index = args.findIndex((argument) => nameOf(argument) === '--config');
  if (index === -1) return undefined;
  const [, ...attached] = args[index]!.split('=');
  return attached.length > 0 ? attached.join('=') : args[index + 1];
}

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InvalidArgumentError(`--config ${path} could not be read. Does the file exist?`, { cause });
  }
}

/** A flag that is given in both places, or against in one, is the command line's. */
function withoutGiven(flags: readonly string[], args: readonly string[]): string[] {
  const plain = (flag: string) => nameOf(flag).replace(/^--no-/, '--');
  const given = new Set(args.map(plain));
  return flags.filter((flag) => !given.has(plain(flag)));
}

async function insertConfigFile(args: readonly string[], options: readonly Option[]): Promise<string[]> {
  const path = pathOf(args);
  if (path === undefined) return [...args];
  const flags = configFileFlags({ path, text: await readConfigFile(path) }, options);
  return [...withoutGiven(flags, args), ...args];
}

/**
 * Turns what a user may write into what the option parser knows: vLLM's short flags and underscores, `--config file.yaml`
 * and `--flag.key value`. What follows `run`, `job` and `launch` belongs to the program and stays as it is.
 * @param argv of the process, as Node.js has it.
 * @throws {InvalidArgumentError} for a file that can't be read or has an unknown key, by file and line.
 */
export async function prepareArgv(argv: readonly string[], commands: readonly Command[]): Promise<string[]> {
  const [node, script, name, ...args] = argv;
  if (name === undefined || PROGRAM_COMMANDS.has(name)) return [...argv];
  const options = commands.find((command) => command.name() === name)?.options ?? [];
  const expanded = expandShortFlags(args);
  const takesFile = options.some(({ long }) => long === '--config');
  const complete = takesFile ? await insertConfigFile(expanded, options) : expanded;
  return [node!, script!, name, ...foldDottedFlags(complete)];
}
