import koffi, { type LibraryHandle } from 'koffi';

/** Functions of the system's C library; addresses are integers. */
export interface LibC {
  mmap(hint: null, byteLength: number, protection: number, flags: number, fd: number, offset: number): bigint | number;
  munmap(address: bigint, byteLength: number): number;
  /** 0 is success. */
  madvise(address: bigint, byteLength: number, advice: number): number;
  getpagesize(): number;
  memmove(to: bigint, from: bigint, byteLength: number): void;
  /** Only glibc has it, and only there it is needed. */
  readonly mallocTrim: ((keepBytes: number) => number) | undefined;
  /** Only Linux has it. */
  readonly affinity: AffinityCalls | undefined;
}

/** The cores that a thread may run on, as a mask of one bit per core. Thread 0 is the calling one; 0 is success. */
export interface AffinityCalls {
  get(thread: number, byteLength: number, mask: BigUint64Array): number;
  set(thread: number, byteLength: number, mask: BigUint64Array): number;
}

let loaded: LibC | undefined;

function findMallocTrim(library: LibraryHandle): LibC['mallocTrim'] {
  try {
    return library.func('malloc_trim', 'int', ['size_t']);
  } catch {
    // The C library is not glibc.
    return undefined;
  }
}

function findAffinityCalls(library: LibraryHandle): AffinityCalls | undefined {
  try {
    return {
      get: library.func('sched_getaffinity', 'int', ['int', 'size_t', 'void *']),
      set: library.func('sched_setaffinity', 'int', ['int', 'size_t', 'void *']),
    };
  } catch {
    // The system is not Linux.
    return undefined;
  }
}

/** The C library that the process runs on. */
export function libC(): LibC {
  if (loaded !== undefined) return loaded;
  const library = koffi.load(null);
  loaded = {
    mmap: library.func('mmap', 'uint64_t', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: library.func('munmap', 'int', ['uint64_t', 'size_t']),
    madvise: library.func('madvise', 'int', ['uint64_t', 'size_t', 'int']),
    getpagesize: library.func('getpagesize', 'int', []),
    memmove: library.func('memmove', 'void', ['uint64_t', 'uint64_t', 'size_t']),
    mallocTrim: findMallocTrim(library),
    affinity: findAffinityCalls(library),
  };
  return loaded;
}
