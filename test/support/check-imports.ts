import { dirname, join } from 'node:path/posix';
import { type Import, scanImports } from './scan-imports.js';

/** Source files by their path in the repository. */
export type Sources = ReadonlyMap<string, string>;

/** Who may import what. All paths are prefixes, from the repository's root; every row that fits a file counts. */
export interface ImportRules {
  /** Files, and the files that they may import. A file that no row fits is a breach: a new folder needs a rule. */
  readonly files: readonly (readonly [importers: string, imported: readonly string[]])[];
  /** Packages, and who may import them. A package without a row is a breach. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** Files that may import no built-in module but these; the others may import all. */
  readonly builtins: readonly (readonly [importers: string, builtins: readonly string[]])[];
}

/** What breaks the rules, one sentence each. */
export function findBreaches(sources: Sources, rules: ImportRules): string[] {
  const imports = [...sources].flatMap(([file, text]) => scanImports(file, text));
  const breaches = imports.flatMap((one) => findBreach(one, rules) ?? []);
  return [...breaches, ...findCycles(imports).map((cycle) => `cycle: ${cycle.join(' -> ')}`)];
}

function findBreach({ file, specifier }: Import, rules: ImportRules): string | undefined {
  if (specifier.startsWith('.')) return findFileBreach(file, targetOf(file, specifier), rules.files);
  if (specifier.startsWith('node:')) return findBuiltinBreach(file, specifier, rules.builtins);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const importers = rules.packages[name];
  if (importers === undefined) return `${file} imports ${name}, a package that has no rule`;
  return startsWithAny(file, importers) ? undefined : `${file} imports ${name}: only ${importers.join(', ')} may`;
}

function findFileBreach(file: string, target: string, rules: ImportRules['files']): string | undefined {
  const rows = rules.filter(([importers]) => file.startsWith(importers));
  if (rows.length === 0) return `${file} has no rule`;
  const allowed = rows.flatMap(([, imported]) => imported);
  return startsWithAny(target, allowed) ? undefined : `${file} imports ${target}: it may import ${allowed.join(', ')}`;
}

function findBuiltinBreach(file: string, name: string, rules: ImportRules['builtins']): string | undefined {
  const row = rules.find(([importers]) => file.startsWith(importers));
  return row === undefined || row[1].includes(name) ? undefined : `${file} imports ${name}: it may do no I/O`;
}

const startsWithAny = (path: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => path.startsWith(prefix));

const targetOf = (file: string, specifier: string): string => join(dirname(file), specifier).replace(/\.js$/, '.ts');

/** Every cycle that a walk along the imports comes upon, as the files on it, the first again at the end. */
function findCycles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { file, specifier } of imports.filter(({ specifier }) => specifier.startsWith('.'))) {
    targets.set(file, [...(targets.get(file) ?? []), targetOf(file, specifier)]);
  }
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file]);
    if (path.includes(file) || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return cycles;
}
