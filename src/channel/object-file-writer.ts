import { closeSync, constants, fstatSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { IllegalStateError, InternalError, InvalidArgumentError, ObjectStoreFullError } from '../core/errors/index.js';
import { libc } from './libc.js';
import { holdObjectFile } from './object-file.js';
import type { WarmMapping, WarmMappings } from './warm-mappings.js';

/** Copied at one go: some milliseconds, after which the event loop has its turn. */
const PIECE_BYTES = 64 * 1024 * 1024;
/**
 * Copied by one call. glibc moves more than half of the second-level cache by other instructions, which are slower here:
 * 20 GB/s against 24.
 */
const COPY_BYTES = 512 * 1024;

/** Writes one object into the file that the node's store named for it, and keeps that file from being recycled meanwhile. */
export class ObjectFileWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #mapping: WarmMapping;
  readonly #warmMappings: WarmMappings;

  private constructor(path: string, fd: number, mapping: WarmMapping, warmMappings: WarmMappings) {
    this.#path = path;
    this.#fd = fd;
    this.#mapping = mapping;
    this.#warmMappings = warmMappings;
  }

  /**
   * Maps the file and takes the memory that it doesn't have yet, on another thread: a page that is missing later would
   * kill the process with SIGBUS.
   * @throws {ObjectStoreFullError} when /dev/shm has less room than the store was promised.
   * @throws {IllegalStateError} when the store has taken the file back already.
   */
  static async open(path: string, byteLength: number, warmMappings: WarmMappings): Promise<ObjectFileWriter> {
    const fd = holdObjectFile(path);
    if (fd === undefined) {
      throw new IllegalStateError(`The object store took ${path} back before it was written: its owner is gone.`);
    }
    try {
      if (fstatSync(fd).size < byteLength) await reserve(fd, path, byteLength);
      return new ObjectFileWriter(path, fd, await mappingFor(fd, path, warmMappings), warmMappings);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /**
   * Copies `source` to `byteOffset`, a large one with turns of the event loop between.
   *
   * @param byteLength of `source` when its place was chosen; an array whose buffer is transferred away has none left.
   * @throws {InvalidArgumentError} when `source` does not have, or does not keep, that length, or reaches past the file's
   *  end.
   */
  async write(byteOffset: number, source: Uint8Array, byteLength: number): Promise<void> {
    if (byteOffset < 0 || byteOffset + byteLength > this.#mapping.byteLength) {
      throw new InvalidArgumentError(`${byteLength} bytes at ${byteOffset} do not fit the object file ${this.#path}.`);
    }
    for (let start = 0; start < byteLength; start += PIECE_BYTES) {
      if (start > 0) await nextTurn();
      if (source.byteLength !== byteLength) {
        throw new InvalidArgumentError('An array was transferred away or resized before it was stored.');
      }
      this.#copy(byteOffset, source, start, Math.min(start + PIECE_BYTES, byteLength));
    }
  }

  #copy(byteOffset: number, source: Uint8Array, start: number, end: number): void {
    const { copy } = libc();
    for (let from = start; from < end; from += COPY_BYTES) {
      const part = source.subarray(from, Math.min(from + COPY_BYTES, end));
      copy(this.#mapping.address + BigInt(byteOffset + from), part);
    }
  }

  /** Lets go of the file; its mapping is kept warm for a while, in case the file comes back for another object. */
  close(): void {
    this.#warmMappings.giveBack(this.#mapping);
    libc().unlock(this.#fd);
    closeSync(this.#fd);
  }
}

async function reserve(fd: number, path: string, byteLength: number): Promise<void> {
  const error = await libc().reserveInBackground(fd, byteLength);
  if (error === 0) return;
  const { bavail, bsize } = statfsSync(dirname(path));
  throw new ObjectStoreFullError(
    `An object of ${byteLength} bytes does not fit /dev/shm, which has ${bavail * bsize} bytes free (errno ${error}): others have used what the object store counted on. ` +
      'Give it more room (docker run --shm-size=8g, shm_size in docker-compose.yml), or start the node with a smaller --object-store-memory.',
  );
}

async function mappingFor(fd: number, path: string, warmMappings: WarmMappings): Promise<WarmMapping> {
  const { ino: inode, size: byteLength } = fstatSync(fd);
  const warm = warmMappings.take(inode, byteLength);
  if (warm !== undefined) return warm;
  const address = libc().mapShared(fd, byteLength);
  if (address === undefined) {
    throw new InternalError(
      `Can't map ${byteLength} bytes of the object file ${path}. Raise the address space limit (ulimit -v).`,
    );
  }
  await libc().populate(address, byteLength);
  // A descriptor of its own: that of the writer goes with its lock.
  return { inode, address, byteLength, fd: openSync(`/proc/self/fd/${fd}`, constants.O_RDWR) };
}
