/**
 * Files of a node's object store as the processes of the host share them. Whoever maps such a file, to write or to read,
 * holds a shared lock (flock) on it meanwhile; the kernel drops the lock when the process ends, however it ends. The store
 * gives a file to another object only after it has renamed it and then found no lock on it. So whoever has a lock and
 * then finds the file still at its path knows that its bytes stay what they are.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { InternalError, InvalidArgumentError } from '../core/errors/index.js';
import { koffi } from './koffi.js';
import { libc } from './libc.js';

/** Node 20 aborts the process, without an exception, when a view is longer than this. */
const MAX_VIEW_BYTES = 2 ** 32;

/**
 * Opens the file at `path` and locks it against being recycled; undefined when it is gone, or going. The caller closes
 * the descriptor, and with it the lock, when it no longer needs the bytes.
 */
export function holdObjectFile(path: string): number | undefined {
  const fd = openIfThere(path);
  if (fd === undefined) return undefined;
  if (libc().tryLock(fd, 'shared') === 0 && isAt(path, fd)) return fd;
  closeSync(fd);
  return undefined;
}

/** True when some process holds the file; false when nobody does, or it is gone. */
export function isObjectFileHeld(path: string): boolean {
  const fd = openIfThere(path);
  if (fd === undefined) return false;
  const isFree = libc().tryLock(fd, 'exclusive') === 0;
  closeSync(fd);
  return !isFree;
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InternalError(`Can't open the object file ${path}: ${String(error)}.`, { cause: error });
  }
}

function isAt(path: string, fd: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const held = fstatSync(fd);
  return there !== undefined && there.ino === held.ino && there.dev === held.dev;
}

interface Mapping {
  readonly address: bigint;
  readonly byteLength: number;
  readonly fd: number;
}

/** Unmaps and unlocks a file when no view of it is left. */
const releaser = new FinalizationRegistry<Mapping>(({ address, byteLength, fd }) => {
  libc().unmap(address, byteLength);
  closeSync(fd);
});

/** Keeps the mapping as long as the view lives that is the key. */
const mappingOf = new WeakMap<ArrayBuffer, MappedObjectFile>();

/**
 * An object's file as its reader sees it: private pages, so that a write reaches neither the file nor other readers. The
 * file stays mapped and locked until this and every view of it were collected.
 */
export class MappedObjectFile {
  readonly byteLength: number;
  readonly #address: bigint;

  private constructor({ address, byteLength, fd }: Mapping) {
    this.#address = address;
    this.byteLength = byteLength;
    releaser.register(this, { address, byteLength, fd });
  }

  /** Undefined when the object is gone from `path`. Costs some 20 µs whatever the size: pages come as they are read. */
  static open(path: string): MappedObjectFile | undefined {
    const fd = holdObjectFile(path);
    if (fd === undefined) return undefined;
    const byteLength = fstatSync(fd).size;
    const address = byteLength === 0 ? undefined : libc().mapPrivate(fd, byteLength);
    if (address !== undefined) return new MappedObjectFile({ address, byteLength, fd });
    closeSync(fd);
    throw new InternalError(
      `Can't map the ${byteLength} bytes of the object file ${path}. Raise the address space limit (ulimit -v), or the number of mappings (sysctl vm.max_map_count).`,
    );
  }

  /**
   * The bytes [byteOffset, byteOffset + byteLength) as an array with a buffer of its own.
   * @throws {InvalidArgumentError} when they are not all in the file, or are 4 GiB or more.
   */
  bytes(byteOffset: number, byteLength: number): Uint8Array {
    if (!(byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= this.byteLength)) {
      throw new InvalidArgumentError(
        `Bytes ${byteOffset} to ${byteOffset + byteLength} are outside of an object file of ${this.byteLength}.`,
      );
    }
    if (byteLength >= MAX_VIEW_BYTES) {
      throw new InvalidArgumentError(`A part of an object must be below 4 GiB, got ${byteLength} bytes.`);
    }
    if (byteLength === 0) return new Uint8Array(0);
    const buffer = koffi().view(this.#address + BigInt(byteOffset), byteLength);
    mappingOf.set(buffer, this);
    return new Uint8Array(buffer);
  }
}
