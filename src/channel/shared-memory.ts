import { closeSync, constants, fstatSync, openSync, rmSync, statfsSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { dirname } from 'node:path';
import { ChannelClosedError, IllegalStateError, InternalError, InvalidArgumentError } from '../core/errors/index.js';
import { koffi } from './koffi.js';
import { libc } from './libc.js';
import type { MemoryRegion } from './tensor-parallel-group.js';

const SHARED_MEMORY_FOLDER = '/dev/shm/';

/** Node 20 aborts the process, without an exception, when a view is longer than this. */
const MAX_VIEW_BYTES = 2 ** 32;

interface Mapping {
  readonly address: bigint;
  readonly byteLength: number;
}

/** Unmaps what nothing refers to any more: not the segment, and no view or region of it. */
const unmapper = new FinalizationRegistry<Mapping>(({ address, byteLength }) => libc().unmap(address, byteLength));

/** Keeps the mapping as long as a view or a region of it lives; the key is the view or the region. */
const mappingOf = new WeakMap<object, Mapping>();

type State = { readonly kind: 'open'; readonly mapping: Mapping } | { readonly kind: 'closed' };

/**
 * A file in /dev/shm mapped into this process; every process that opens it sees the same bytes. It holds zeros when new.
 * The memory stays mapped until the segment is closed or forgotten and so is every view and region of it, so none of
 * them ever points at nothing.
 */
export class SharedMemory {
  readonly path: string;
  readonly byteLength: number;
  #state: State;

  private constructor(path: string, mapping: Mapping) {
    this.path = path;
    this.byteLength = mapping.byteLength;
    this.#state = { kind: 'open', mapping };
  }

  /**
   * Makes a segment that only this user can open, and takes its memory at once: a page that is missing later would
   * kill the process with SIGBUS.
   * @throws {InvalidArgumentError} when the path is taken or not in /dev/shm, or /dev/shm has no room.
   */
  static create(path: string, byteLength: number): SharedMemory {
    requireSharedMemoryPath(path);
    if (!Number.isSafeInteger(byteLength) || byteLength <= 0) {
      throw new InvalidArgumentError(
        `The size of shared memory ${path} must be a positive integer, got ${byteLength}.`,
      );
    }
    const fd = createFile(path);
    try {
      reserve(fd, path, byteLength);
      return new SharedMemory(path, map(fd, path, byteLength));
    } catch (error) {
      SharedMemory.remove(path);
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /**
   * Maps a segment that another process created.
   * @throws {ChannelClosedError} when it was removed.
   * @throws {InvalidArgumentError} when it is shorter than `minByteLength`.
   */
  static open(path: string, minByteLength: number): SharedMemory {
    requireSharedMemoryPath(path);
    const fd = openFile(path);
    try {
      const byteLength = fstatSync(fd).size;
      if (byteLength < minByteLength) {
        throw new InvalidArgumentError(
          `Shared memory ${path} has ${byteLength} bytes where at least ${minByteLength} are needed. Its creator has not finished, or it is another kind of file.`,
        );
      }
      return new SharedMemory(path, map(fd, path, byteLength));
    } finally {
      closeSync(fd);
    }
  }

  /** Removes the file, if it is still there; whoever has it mapped keeps it. */
  static remove(path: string): void {
    requireSharedMemoryPath(path);
    rmSync(path, { force: true });
  }

  /**
   * The bytes [byteOffset, byteOffset + byteLength) as a buffer over the shared memory itself, less than 4 GiB.
   * @throws {InvalidArgumentError} when they are not all inside the segment.
   */
  view(byteOffset: number, byteLength: number): ArrayBuffer {
    if (byteLength >= MAX_VIEW_BYTES) {
      throw new InvalidArgumentError(`A view of shared memory must be below 4 GiB, got ${byteLength} bytes.`);
    }
    const buffer = koffi().view(this.#addressOf(byteOffset, byteLength), byteLength);
    mappingOf.set(buffer, this.#mapping());
    return buffer;
  }

  /** The same bytes by their address, of any length, for native code. Keep the region referenced while that uses it. */
  region(byteOffset: number, byteLength: number): MemoryRegion {
    const region = { address: this.#addressOf(byteOffset, byteLength), byteLength };
    mappingOf.set(region, this.#mapping());
    return region;
  }

  /** Lets go of the mapping; views and regions handed out before stay valid. */
  close(): void {
    this.#state = { kind: 'closed' };
  }

  #mapping(): Mapping {
    if (this.#state.kind === 'closed') throw new IllegalStateError(`Shared memory ${this.path} is closed.`);
    return this.#state.mapping;
  }

  #addressOf(byteOffset: number, byteLength: number): bigint {
    if (byteOffset < 0 || byteLength < 0 || byteOffset + byteLength > this.byteLength) {
      throw new InvalidArgumentError(
        `Bytes ${byteOffset} to ${byteOffset + byteLength} are outside of shared memory ${this.path}, which has ${this.byteLength}.`,
      );
    }
    return this.#mapping().address + BigInt(byteOffset);
  }
}

function requireSharedMemoryPath(path: string): void {
  if (path.startsWith(SHARED_MEMORY_FOLDER) && !path.includes('..')) return;
  throw new InvalidArgumentError(`Shared memory must be a path in ${SHARED_MEMORY_FOLDER}, got ${path}.`);
}

function createFile(path: string): number {
  libc();
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    throw new InvalidArgumentError(`Can't create shared memory ${path}: ${String(error)}.`, { cause: error });
  }
}

function openFile(path: string): number {
  libc();
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    throw new ChannelClosedError(
      `Can't open shared memory ${path}: its creator has removed it, or runs on another host or in another container.`,
      { cause: error },
    );
  }
}

function reserve(fd: number, path: string, byteLength: number): void {
  let error: number;
  do error = libc().reserve(fd, byteLength);
  while (error === osConstants.errno.EINTR);
  if (error === 0) return;
  const { bavail, bsize } = statfsSync(dirname(path));
  throw new InvalidArgumentError(
    `Shared memory ${path} needs ${byteLength} bytes, and /dev/shm has ${bavail * bsize} free (errno ${error}). Give it more room: docker run --shm-size=8g, shm_size in docker-compose.yml, or an emptyDir with medium: Memory in Kubernetes.`,
  );
}

function map(fd: number, path: string, byteLength: number): Mapping {
  const address = libc().mapShared(fd, byteLength);
  if (address === undefined) {
    throw new InternalError(
      `Can't map ${byteLength} bytes of shared memory ${path}. Raise the address space limit (ulimit -v).`,
    );
  }
  const mapping = { address, byteLength };
  unmapper.register(mapping, { address, byteLength });
  return mapping;
}
