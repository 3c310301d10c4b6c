import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { InternalError, ObjectStoreFullError } from '../../../src/core/index.js';
import { readChunks, writeFully } from './file-bytes.js';

/** A file system fuller than this is left alone (Ray's local_fs_capacity_threshold). */
const FULL_SHARE = 0.95;

/** Objects on disk, one file each. Copies are neither synced nor kept beyond the store's life: they stand in for memory. */
export class SpillDirectory {
  readonly #path: string;
  #numFiles = 0;

  /** @param path made when the first object is spilled. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Copies `size` bytes of an object's file to disk.
   * @returns the copy's path.
   * @throws {ObjectStoreFullError} when the disk would be more than 95 % full; nothing is left of the copy then.
   */
  async write(objectId: string, sourcePath: string, size: number): Promise<string> {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    await this.#requireRoom(size);
    this.#numFiles++;
    const path = join(this.#path, `${objectId}-${this.#numFiles}`);
    const unfinished = `${path}.unfinished`;
    try {
      await copy(sourcePath, unfinished, size);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    return path;
  }

  /**
   * Opens a copy for reading; the caller closes it.
   * @throws {InternalError} when it is missing or damaged.
   */
  async open(objectId: string, path: string, size: number): Promise<number> {
    const there = await stat(path).catch(() => undefined); // whatever the reason is, it can't be read
    if (there?.size === size) return openSync(path, 'r');
    throw new InternalError(
      `The copy of object ${objectId} on disk at ${path} is ${there ? `damaged: it has ${there.size} of ${size} bytes` : 'missing'}. Was the session's folder cleaned up?`,
    );
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  close(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  async #requireRoom(size: number): Promise<void> {
    const { blocks, bavail, bsize } = await statfs(this.#path);
    if (bavail * bsize - size >= (1 - FULL_SHARE) * blocks * bsize) return;
    throw new ObjectStoreFullError(
      `The disk of ${this.#path} has ${bavail * bsize} bytes free: too few to spill an object of ${size} bytes and stay below ${FULL_SHARE * 100} % full. Make room there, or choose another disk with RAY_TS_TMPDIR.`,
    );
  }
}

async function copy(fromPath: string, toPath: string, size: number): Promise<void> {
  const from = openSync(fromPath, 'r');
  const to = await open(toPath, 'wx', 0o600);
  try {
    let offset = 0;
    for await (const chunk of readChunks(from, size)) {
      await writeFully(to.fd, chunk, offset);
      offset += chunk.byteLength;
    }
  } finally {
    closeSync(from);
    await to.close();
  }
}
