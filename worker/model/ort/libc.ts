import koffi, { type LibraryHandle } from 'koffi';

/** Functions of the system's C library; addresses are integers. */
export interface LibC {
  mmap(hint: null, byteLength: number, protection: number, flags: number, fd: number, offset: number): bigint | number;
  munmap(address: bigint, byteLength: number): number;
  memmove(to: bigint, from: bigint, byteLength: number): void;
  /** Only glibc has it, and only there it is needed. */
  readonly mallocTrim: ((keepBytes: number) => number) | undefined;
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

/** The C library that the process runs on. */
export function libC(): LibC {
  if (loaded !== undefined) return loaded;
  const library = koffi.load(null);
  loaded = {
    mmap: library.func('mmap', 'uint64_t', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: library.func('munmap', 'int', ['uint64_t', 'size_t']),
    memmove: library.func('memmove', 'void', ['uint64_t', 'uint64_t', 'size_t']),
    mallocTrim: findMallocTrim(library),
  };
  return loaded;
}
