import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { InvalidArgumentError } from '../../core/index.js';

/** A file or link that is sent. */
export interface ProgramFile {
  /** Inside of the folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
}

/** Never of use on another machine, unless `excludes` takes it back with a `!`. */
const DEFAULT_EXCLUDES = ['.git', 'node_modules'];

/** The rules of one `.gitignore`. */
interface FolderRules {
  /** Where it lies, inside of the program's folder; empty for that itself. */
  readonly folder: string;
  readonly rules: Ignore;
}

/**
 * The files of a program's folder that are sent, sorted by path: all but what is excluded by default, by `excludes`, or by a
 * `.gitignore` on the way. What `excludes` takes back with a `!` is sent whatever a `.gitignore` says.
 *
 * @throws {InvalidArgumentError} for a link that leads outside, and for what is no file, folder or link.
 */
export function listProgramFiles(root: string, excludes: readonly string[]): ProgramFile[] {
  const own = ignore().add([...DEFAULT_EXCLUDES, ...excludes]);
  const files = listFolder(root, '', own, []);
  return files.sort((left, right) => (left.path < right.path ? -1 : 1));
}

function listFolder(root: string, folder: string, own: Ignore, above: readonly FolderRules[]): ProgramFile[] {
  const rules = [...above, ...readGitignore(root, folder)];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    const verdict = judge(entry.isDirectory() ? `${path}/` : path, own, rules);
    if (verdict === 'ignored') return [];
    if (!entry.isDirectory()) return [describeFile(root, path, entry)];
    return listFolder(root, path, own, verdict === 'taken-back' ? [] : rules);
  });
}

function readGitignore(root: string, folder: string): FolderRules[] {
  try {
    return [{ folder, rules: ignore().add(readFileSync(join(root, folder, '.gitignore'), 'utf8')) }];
  } catch {
    return []; // most folders have none
  }
}

function judge(path: string, own: Ignore, rules: readonly FolderRules[]): 'sent' | 'ignored' | 'taken-back' {
  const { ignored, unignored } = own.test(path);
  if (unignored) return 'taken-back';
  const inFolder = (folder: string): string => (folder === '' ? path : path.slice(folder.length + 1));
  return ignored || rules.some(({ folder, rules: ofFolder }) => ofFolder.ignores(inFolder(folder)))
    ? 'ignored'
    : 'sent';
}

function describeFile(root: string, path: string, entry: Dirent): ProgramFile {
  const full = join(root, path);
  if (entry.isFile()) return { path, bytes: lstatSync(full).size };
  if (!entry.isSymbolicLink()) {
    throw new InvalidArgumentError(`workingDir: ${full} is no file, folder or link. Name it in runtimeEnv.excludes.`);
  }
  const target = readlinkSync(full);
  const inside = relative(root, resolve(dirname(full), target));
  if (isAbsolute(target) || inside === '..' || inside.startsWith(`..${sep}`)) {
    throw new InvalidArgumentError(
      `workingDir: the link ${full} leads out of the folder, to ${target}. Name it in runtimeEnv.excludes, or put what it ` +
        'leads to into the folder.',
    );
  }
  return { path, bytes: 0 };
}
