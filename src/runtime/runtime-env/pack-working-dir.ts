import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { create } from 'tar';
import { InvalidArgumentError } from '../../core/index.js';
import { listProgramFiles, type ProgramFile } from './list-program-files.js';

/** A packed folder. */
export interface ProgramPackage {
  /** Of the bytes, hex. */
  readonly sha256: string;
  /** tar, gzip. */
  readonly bytes: Buffer;
}

const MAX_BYTES = 100 * 1024 * 1024;
const NUM_SHOWN = 5;

/**
 * Packs a program's folder. The same files give the same bytes on every machine and at any time: owners and times are left
 * out, and entries are sorted.
 *
 * @throws {InvalidArgumentError} when there is no such folder, it holds nothing to send, or more than 100 MiB.
 */
export async function packWorkingDir(folder: string, excludes: readonly string[] = []): Promise<ProgramPackage> {
  const root = resolve(folder);
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InvalidArgumentError(`runtimeEnv.workingDir: there is no folder ${root}.`);
  }
  const files = listProgramFiles(root, excludes);
  if (files.length === 0) throw new InvalidArgumentError(`runtimeEnv.workingDir: ${root} holds nothing to send.`);
  requireRoom(root, files);
  const chunks: Buffer[] = [];
  const options = { cwd: root, gzip: { level: 6 }, portable: true, noMtime: true, linkCache: new NoHardLinks() };
  for await (const chunk of create(
    options,
    files.map(({ path }) => asPath(path)),
  ))
    chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
}

/** Two names of one file are packed as two files: a link would be refused where it is unpacked. */
class NoHardLinks extends Map<never, never> {
  override get(): undefined {
    return undefined;
  }
}

/** A leading @ would name an archive to take entries from. */
const asPath = (path: string): string => `./${path}`;

function requireRoom(root: string, files: readonly ProgramFile[]): void {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MAX_BYTES) return;
  const largest = [...sizesOfEntries(files)].sort(([, left], [, right]) => right - left).slice(0, NUM_SHOWN);
  const list = largest.map(([entry, bytes]) => `${entry} (${formatMiB(bytes)})`).join(', ');
  throw new InvalidArgumentError(
    `runtimeEnv.workingDir: ${root} holds ${formatMiB(total)}, and at most ${formatMiB(MAX_BYTES)} are sent. The largest in ` +
      `it: ${list}. Name what the program does not need in runtimeEnv.excludes or a .gitignore; put data where the nodes ` +
      'can read it themselves.',
  );
}

/** By what a user would exclude: the two uppermost folders, or the file. */
function sizesOfEntries(files: readonly ProgramFile[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { path, bytes } of files) {
    const entry = path.split('/').slice(0, 2).join('/');
    sizes.set(entry, (sizes.get(entry) ?? 0) + bytes);
  }
  return sizes;
}

const formatMiB = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
