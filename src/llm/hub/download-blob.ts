import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ModelLoadError } from '../../core/index.js';
import { isFileError } from './cache-error.js';
import type { CachePaths } from './cache-paths.js';
import { hasFile, sizeOf } from './cached-file.js';
import { withFileLock } from './file-lock.js';
import { type HubClient, unreachable } from './hub-client.js';
import { HubUnavailableError } from './hub-errors.js';
import type { HubFile } from './wanted-files.js';

/** A connection that is silent for this long is given up. */
const SILENCE_MS = 30_000;
const MAX_DAMAGED = 2;
const SHA256_DIGITS = 64;

export interface BlobDownload {
  readonly client: HubClient;
  readonly commit: string;
  readonly file: HubFile;
  readonly paths: CachePaths;
  /** Called with the bytes that are there, from the file's start. */
  readonly onBytes: (numBytes: number) => void;
  readonly onWait: () => void;
}

/**
 * Brings a file into the cache's blobs; goes on where an earlier process stopped. One process at a time downloads it, the
 * others wait and then have it.
 * @throws {ModelLoadError} when it keeps coming other than the hub says. @throws {HubUnavailableError}
 */
export async function downloadBlob(download: BlobDownload): Promise<void> {
  const { file, paths, onBytes, onWait } = download;
  const work = async (): Promise<void> => {
    if (!(await hasFile(paths.blob(file.etag)))) await downloadVerified(download);
  };
  if (!(await hasFile(paths.blob(file.etag)))) await withFileLock(paths.lock(file.etag), work, onWait);
  onBytes(file.size);
}

async function downloadVerified(download: BlobDownload): Promise<void> {
  const { client, file, paths } = download;
  const incomplete = paths.incompleteBlob(file.etag);
  await mkdir(dirname(incomplete), { recursive: true });
  for (let numDamaged = 1; ; numDamaged++) {
    let before = (await sizeOf(incomplete)) ?? 0;
    let reached = before;
    const onPosition = (position: number): void => {
      reached = position;
      download.onBytes(position);
    };
    const madeProgress = (): boolean => {
      const isFurther = reached > before;
      before = reached;
      return isFurther;
    };
    await client.retry(() => fetchRest(download, incomplete, onPosition), madeProgress);
    if (await hasFile(paths.blob(file.etag))) return; // of another process, where locks do not work
    if ((await etagOf(incomplete, file)) === file.etag) break;
    await rm(incomplete, { force: true });
    if (numDamaged < MAX_DAMAGED) continue;
    throw new ModelLoadError(
      `${file.name} came ${numDamaged} times with another content than the hub says (its hash is not ${file.etag}). Something between here and the hub changes it; try again, or another network.`,
    );
  }
  await rename(incomplete, paths.blob(file.etag));
}

/** Appends what is missing. Writes go to their position, so that where locks do not work two processes write the same. */
async function fetchRest(
  { client, commit, file }: BlobDownload,
  incomplete: string,
  onPosition: (position: number) => void,
): Promise<void> {
  const handle = await open(incomplete, constants.O_WRONLY | constants.O_CREAT, 0o644);
  try {
    const { size } = await handle.stat();
    const start = size > file.size ? 0 : size;
    if (size > file.size) await handle.truncate(0);
    if (start === file.size) return;
    await appendFrom(client, commit, file, start, handle, onPosition);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function appendFrom(
  client: HubClient,
  commit: string,
  file: HubFile,
  start: number,
  handle: FileHandle,
  onPosition: (position: number) => void,
): Promise<void> {
  const controller = new AbortController();
  const silence = setTimeout(() => controller.abort(new Error(`silent for ${SILENCE_MS / 1000} s`)), SILENCE_MS);
  let url = file.name;
  try {
    const response = await client.open(commit, file, start, controller.signal);
    url = new URL(response.url).host;
    let position = await acceptedStart(response, start, handle);
    onPosition(position);
    for await (const chunk of response.body ?? []) {
      silence.refresh();
      if (position + chunk.byteLength > file.size) throw new Error(`it sent more than the ${file.size} bytes it has`);
      await handle.write(chunk, 0, chunk.byteLength, position);
      position += chunk.byteLength;
      onPosition(position);
    }
    if (position < file.size) throw new Error(`the answer ended after ${position} of ${file.size} bytes`);
  } catch (error) {
    throw asDownloadError(error, file.name, url);
  } finally {
    clearTimeout(silence);
    controller.abort();
  }
}

/** Where the answer's bytes begin. A server that knows no ranges sends the whole file again. */
async function acceptedStart(response: Response, start: number, handle: FileHandle): Promise<number> {
  if (response.status === 206) {
    const range = response.headers.get('content-range') ?? '';
    if (range.startsWith(`bytes ${start}-`)) return start;
    throw new Error(`it answered with the range ${JSON.stringify(range)} instead of ${start}-`);
  }
  await handle.truncate(0);
  if (response.status === 416) throw new Error(`it has no bytes from ${start} on`);
  return 0;
}

function asDownloadError(error: unknown, name: string, url: string): unknown {
  if (error instanceof ModelLoadError || error instanceof HubUnavailableError) return error;
  if (isFileError(error)) return error;
  return unreachable(`${name} from ${url}`, error);
}

/** The etag that the content has: SHA-256, or git's SHA-1 of a blob, as the hub named it. */
async function etagOf(path: string, file: HubFile): Promise<string> {
  const hash = createHash(file.etag.length === SHA256_DIGITS ? 'sha256' : 'sha1');
  if (file.etag.length !== SHA256_DIGITS) hash.update(`blob ${file.size}\0`);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
