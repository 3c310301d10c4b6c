import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { FLAG_ALIASES } from '../../src/cli/argv/expand-short-flags.js';
import { generateCommand } from '../../src/cli/commands/generate.js';
import { addEngineFlags, engineArgsOf } from '../../src/cli/engine-flags.js';
import { type EngineArgs, resolveEngineArgs } from '../../src/llm/config/engine-args.js';

const REPOSITORY = resolve(__dirname, '../..');
const page = readFileSync(join(REPOSITORY, 'docs/engine-arguments.md'), 'utf8');

const codesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

/** Cells of the table whose header begins with this. */
function rowsOf(firstHeader: string): string[][] {
  const [, table] = page.split(`| ${firstHeader} |`);
  const lines = table!.split('\n\n')[0]!.split('\n').slice(2);
  return lines.map((line) => line.split(/ *\| */).slice(1));
}

const rows = rowsOf('argument').map(([argument, flags, defaultValue]) => ({
  argument: codesIn(argument!)[0]!,
  flags: codesIn(flags!),
  defaultValue: codesIn(defaultValue!)[0],
}));
const flagsOf = (command: Command): string[] =>
  command.options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined && flag !== null);
/** The engine's own list, which it shows to whoever gives it an argument that resembles none. */
function knownArguments(): string[] {
  try {
    resolveEngineArgs({ model: 'm', xxxxxxxxxxxx: 1 } as EngineArgs);
  } catch (error) {
    return /Known ones are (.*)\.$/.exec((error as Error).message)![1]!.split(', ');
  }
  throw new Error('An unknown engine argument was accepted.');
}

const engineArgNames = knownArguments();
const engineCommand = addEngineFlags(new Command());

function filesUnder(folder: string): string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(REPOSITORY, folder, name));
}

describe('docs/engine-arguments.md', () => {
  it('has a row for every engine argument, and no other', () => {
    expect(rows.map(({ argument }) => argument)).toEqual(engineArgNames);
  });

  it('has every engine flag of the command line', () => {
    const documented = new Set(rows.flatMap(({ flags }) => flags));
    expect(flagsOf(engineCommand).filter((flag) => !documented.has(flag))).toEqual([]);
  });

  it('has no flag that the command line lacks', () => {
    const known = new Set([...flagsOf(generateCommand()), ...Object.keys(FLAG_ALIASES)]);
    expect(rows.flatMap(({ flags }) => flags).filter((flag) => !known.has(flag))).toEqual([]);
  });

  it('has every short flag that stands for one', () => {
    const documented = new Set(rows.flatMap(({ flags }) => flags));
    const shortFlags = Object.keys(FLAG_ALIASES).filter((flag) => !flag.startsWith('--'));
    expect(shortFlags.filter((flag) => !documented.has(flag))).toEqual([]);
  });

  it('says the defaults that the engine uses', () => {
    const resolved: Readonly<Record<string, unknown>> = resolveEngineArgs({ model: 'm' });
    for (const { argument, defaultValue } of rows.filter((row) => row.argument !== 'model')) {
      const isArgument = defaultValue !== undefined && engineArgNames.includes(defaultValue);
      expect([argument, isArgument ? undefined : defaultValue]).toEqual([
        argument,
        resolved[argument]?.toString() || undefined,
      ]);
    }
  });

  it('has every environment variable that the engine reads, and no other', () => {
    const sources = ['src/llm', 'worker/model'].flatMap(filesUnder).map((path) => readFileSync(path, 'utf8'));
    const names = sources.flatMap((source) =>
      [...source.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)].map(([, name]) => name!),
    );
    const read = names.filter((name) => /^(RAY_TS|VLLM|HF|HUGGING_?FACE|TRANSFORMERS|XDG)_/.test(name));
    const documented = rowsOf('variable').flatMap(([variables]) => codesIn(variables!));
    expect([...documented].sort()).toEqual([...new Set(read)].sort());
  });
});

describe('The flags of the engine', () => {
  it('all reach it', () => {
    const given = Object.fromEntries(engineCommand.options.map((option) => [option.attributeName(), 'given']));
    expect(engineArgsOf(given as unknown as EngineArgs)).toEqual(given);
  });
});
