import { promisify } from 'node:util';
import { InvalidArgumentError } from '../core/errors/index.js';
import { koffi } from './koffi.js';

/** Numbers of the futex system call; libc has no function of its own for it. */
const FUTEX_SYSCALL: Partial<Record<NodeJS.Architecture, number>> = { x64: 202, arm64: 98 };

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
/** Private pages are not counted against the memory that may be promised: few of them are ever written to. */
const MAP_NORESERVE = 0x4000;
/** Of Linux 5.14; an older kernel refuses it, and pages then come at the first write. */
const MADV_POPULATE_WRITE = 23;

const LOCK_SHARED = 1;
const LOCK_EXCLUSIVE = 2;
const LOCK_NON_BLOCKING = 4;
const LOCK_UNLOCK = 8;

/** What shared memory needs of the C library and Node does not offer. Functions that fail answer with the errno. */
export interface Libc {
  /** The mapping's address, or undefined when the kernel refused it. */
  mapShared(fd: number, byteLength: number): bigint | undefined;
  /** As {@link Libc.mapShared}; what is written there stays in this process and does not reach the file. */
  mapPrivate(fd: number, byteLength: number): bigint | undefined;
  unmap(address: bigint, byteLength: number): void;
  /** Makes the pages of a shared mapping present, on another thread; a refusal is no failure. */
  populate(address: bigint, byteLength: number): Promise<void>;
  /** Copies all of `source` to `address`. */
  copy(address: bigint, source: Uint8Array): void;
  /** Locks the open file description (flock) without waiting; 0 or an errno, EWOULDBLOCK when others are in the way. */
  tryLock(fd: number, mode: 'shared' | 'exclusive'): number;
  /** Also while mappings made through the descriptor live on: they keep its lock beyond its close. */
  unlock(fd: number): void;
  /** Grows the file to `byteLength` and takes the memory for it now; 0 or an errno. */
  reserve(fd: number, byteLength: number): number;
  /** {@link Libc.reserve} on another thread. */
  reserveInBackground(fd: number, byteLength: number): Promise<number>;
  /** Makes a named pipe that only this user can open; 0 or an errno. */
  makeFifo(path: string): number;
  /** 0 or an errno. `timeout` is a timespec: int64 [seconds, nanoseconds]. */
  futex(address: bigint, operation: number, value: number, timeout: BigInt64Array | null): number;
}

function loadLibc(): Libc {
  const futexSyscall = FUTEX_SYSCALL[process.arch];
  if (process.platform !== 'linux' || futexSyscall === undefined) {
    throw new InvalidArgumentError(
      `Shared-memory channels need Linux on x64 or arm64; this is ${process.platform} on ${process.arch}. Run the workers in a Linux container.`,
    );
  }
  // The process itself is linked to its libc, so this finds glibc and musl alike.
  const { errno, load } = koffi();
  const library = load(null);
  const mmap = library.func('void *mmap(void *, size_t, int, int, int, int64_t)');
  const munmap = library.func('int munmap(void *, size_t)');
  const posixFallocate = library.func('int posix_fallocate(int, int64_t, int64_t)');
  const madvise = library.func('int madvise(void *, size_t, int)');
  const memcpy = library.func('void *memcpy(void *, const void *, size_t)');
  const flock = library.func('int flock(int, int)');
  const mkfifo = library.func('int mkfifo(const char *, uint32_t)');
  const syscall = library.func('long syscall(long, void *, int, uint32_t, void *, void *, uint32_t)');
  const reserveInBackground = promisify<number, number, number, number>(posixFallocate.async);
  const adviseInBackground = promisify<bigint, number, number, number>(madvise.async);
  const map = (fd: number, byteLength: number, flags: number): bigint | undefined => {
    const address: bigint = mmap(null, byteLength, PROT_READ_WRITE, flags, fd, 0);
    return BigInt.asIntN(64, address) === -1n ? undefined : address;
  };
  return {
    mapShared: (fd, byteLength) => map(fd, byteLength, MAP_SHARED),
    mapPrivate: (fd, byteLength) => map(fd, byteLength, MAP_PRIVATE | MAP_NORESERVE),
    populate: async (address, byteLength) => {
      await adviseInBackground(address, byteLength, MADV_POPULATE_WRITE);
    },
    copy: (address, source) => memcpy(address, source, source.byteLength),
    tryLock: (fd, mode) =>
      flock(fd, (mode === 'shared' ? LOCK_SHARED : LOCK_EXCLUSIVE) | LOCK_NON_BLOCKING) === 0 ? 0 : errno(),
    unlock: (fd) => flock(fd, LOCK_UNLOCK),
    unmap: (address, byteLength) => munmap(address, byteLength),
    reserve: (fd, byteLength) => posixFallocate(fd, 0, byteLength),
    reserveInBackground: (fd, byteLength) => reserveInBackground(fd, 0, byteLength),
    makeFifo: (path) => (mkfifo(path, 0o600) === 0 ? 0 : errno()),
    futex: (address, operation, value, timeout) =>
      syscall(futexSyscall, address, operation, value, timeout, null, 0) === -1 ? errno() : 0,
  };
}

let loaded: Libc | undefined;

/**
 * The C library, loaded at the first call and kept, so that importing a channel works on every platform.
 * @throws {InvalidArgumentError} on a platform without futexes.
 */
export function libc(): Libc {
  loaded ??= loadLibc();
  return loaded;
}
