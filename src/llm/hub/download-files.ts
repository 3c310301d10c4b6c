import { mkdir, statfs, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelLoadError } from '../../core/index.js';
import type { ProgressTerminal } from '../progress-bar.js';
import type { CachePaths } from './cache-paths.js';
import { hasFile, putFile, sizeOf } from './cached-file.js';
import { downloadBlob } from './download-blob.js';
import { DownloadProgress } from './download-progress.js';
import { formatBytes } from './format-download.js';
import type { HubClient } from './hub-client.js';
import { type HubFile, isWeights } from './wanted-files.js';

const MAX_PARALLEL = 4;

export interface DownloadFiles {
  readonly client: HubClient;
  readonly repoId: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
  readonly paths: CachePaths;
  /** Undefined shows nothing. */
  readonly terminal: ProgressTerminal | undefined;
  /** From 0 to 1. */
  readonly onFraction?: ((fraction: number) => void) | undefined;
}

/**
 * Brings files into the cache, some at a time, the weights last: once those are there, so is the index that lists them.
 * @throws {ModelLoadError} when the disk has no room, before anything is fetched. @throws {HubUnavailableError}
 */
export async function downloadFiles(order: DownloadFiles): Promise<void> {
  const missing = await missingFiles(order);
  await requireRoom(order, missing);
  const progress = new DownloadProgress(order.repoId, missing, order.terminal);
  const sayKept = (): void => progress.say(`What has come of ${order.repoId} is kept: run it again to go on.`);
  if (missing.length > 0) process.once('exit', sayKept);
  try {
    const files = missing.map(({ file }) => file);
    for (const part of [files.filter(({ name }) => !isWeights(name)), files.filter(({ name }) => isWeights(name))]) {
      await eachInParallel(part, (file) => downloadFile(order, file, progress));
    }
  } finally {
    process.off('exit', sayKept);
    progress.close();
  }
  await mkdir(order.paths.snapshot(order.commit), { recursive: true });
}

interface MissingFile {
  readonly file: HubFile;
  /** Left by an earlier process. */
  readonly numBytes: number;
}

async function missingFiles({ files, paths, commit }: DownloadFiles): Promise<MissingFile[]> {
  const found = await Promise.all(
    files.map(async (file) => {
      if (await hasFile(join(paths.snapshot(commit), file.name))) return undefined;
      const isThere = await hasFile(paths.blob(file.etag));
      return {
        file,
        numBytes: isThere ? file.size : Math.min(file.size, (await sizeOf(paths.incompleteBlob(file.etag))) ?? 0),
      };
    }),
  );
  return found.filter((file) => file !== undefined);
}

async function requireRoom({ repoId, paths }: DownloadFiles, missing: readonly MissingFile[]): Promise<void> {
  const needed = missing.reduce((sum, { file, numBytes }) => sum + file.size - numBytes, 0);
  if (needed === 0) return;
  const folder = dirname(paths.blob(''));
  await mkdir(folder, { recursive: true });
  const { bavail, blocks, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const isUnknown = blocks === 0;
  if (needed <= free || isUnknown) return;
  throw new ModelLoadError(
    `The model ${repoId} needs ${formatBytes(needed)} (${needed} bytes) more on the disk of ${folder}, which has ${formatBytes(free)} (${free} bytes) free. Make room, or choose another disk with downloadDir (--download-dir) or HF_HUB_CACHE.`,
  );
}

async function downloadFile(order: DownloadFiles, file: HubFile, progress: DownloadProgress): Promise<void> {
  const { client, commit, paths } = order;
  await downloadBlob({
    client,
    commit,
    file,
    paths,
    onBytes: (numBytes) => {
      progress.fileReached(file.name, numBytes);
      order.onFraction?.(progress.fraction);
    },
    onWait: () => progress.say(`Another process is downloading ${file.name}; waiting for it.`),
  });
  await linkFile(paths, commit, file);
  progress.fileFinished();
}

/** Gives the blob its name in the snapshot. */
async function linkFile(paths: CachePaths, commit: string, { name, etag }: HubFile): Promise<void> {
  const target = paths.linkTarget(etag, commit);
  await putFile(join(paths.snapshot(commit), name), (unnamed) => symlink(target, unnamed));
}

/** The first failure is thrown once those that run have ended; none begins after it. */
async function eachInParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: MAX_PARALLEL }, lane));
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
