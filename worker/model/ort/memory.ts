import koffi from 'koffi';
import { IllegalStateError, InvalidArgumentError, invariant } from '../../../src/core/index.js';
import { libC } from './libc.js';

const PROT_READ_WRITE = 1 | 2;
const MAP_PRIVATE = 2;
/** MAP_ANONYMOUS and MAP_NORESERVE, whose values differ between systems. */
const LAZY_MAP_FLAGS: Readonly<Record<string, number>> = { linux: 0x20 | 0x4000, darwin: 0x1000 | 0x40 };
/** MADV_DONTNEED: the pages go back at once and read as zeroes. On macOS it is only a hint. */
const DONT_NEED = 4;
const MAP_FAILED = 2n ** 64n - 1n;
/** Linux's MADV_HUGEPAGE. */
const HUGE_PAGE = 14;
/** A single ArrayBuffer of koffi must stay below 4 GiB on Node 20. */
const MAX_VIEW_BYTES = 2 ** 32;

/** `length` float32 values at an address, without a copy. The view must not be used after the memory is given back. */
export function viewFloat32(address: bigint, length: number): Float32Array {
  invariant(length * 4 < MAX_VIEW_BYTES, `a view of ${length} float32 values is under 4 GiB`);
  return new Float32Array(koffi.view(address, length * 4));
}

/** Copies bytes between two addresses; the ranges may overlap. */
export function copyBytes(to: bigint, from: bigint, byteLength: number): void {
  libC().memmove(to, from, byteLength);
}

/**
 * Gives the whole pages between two addresses back to the system; what they held is lost. The bytes around them stay, so
 * up to a page remains at either end.
 */
export function releasePages(from: bigint, to: bigint): void {
  const pageBytes = BigInt(libC().getpagesize());
  const start = ((from + pageBytes - 1n) / pageBytes) * pageBytes;
  const end = (to / pageBytes) * pageBytes;
  if (end > start) libC().madvise(start, Number(end - start), DONT_NEED);
}

/**
 * Gives back what native code freed but the C library keeps for later: after loading or closing sessions, as much as the
 * model's weights (measured).
 */
export function trimNativeHeap(): void {
  libC().mallocTrim?.(0);
}

/**
 * A stretch of zeroed memory, aligned to a page, that the operating system backs only where it was touched: reserving
 * much more than is used costs address space alone. Lives until {@link Memory.close}; nothing collects it.
 */
export class Memory {
  readonly address: bigint;
  readonly byteLength: number;
  #state: 'mapped' | 'released' = 'mapped';

  private constructor(address: bigint, byteLength: number) {
    this.address = address;
    this.byteLength = byteLength;
  }

  /**
   * Reserves `byteLength` bytes, at least one.
   * @throws {InvalidArgumentError} when the system refuses, or is neither Linux nor macOS.
   */
  static allocate(byteLength: number): Memory {
    const flags = LAZY_MAP_FLAGS[process.platform];
    if (flags === undefined) {
      throw new InvalidArgumentError(`Models run on Linux and macOS only; this is ${process.platform}.`);
    }
    const size = Math.max(byteLength, 1);
    const address = BigInt(libC().mmap(null, size, PROT_READ_WRITE, MAP_PRIVATE | flags, -1, 0));
    if (address === MAP_FAILED) {
      throw new InvalidArgumentError(
        `The system refuses to reserve ${size} bytes of memory (errno ${koffi.errno()}). ` +
          'Lower the model length or the number of sequences, or raise the limit of virtual memory (ulimit -v).',
      );
    }
    return new Memory(address, size);
  }

  /** A view of `length` values from `byteOffset` on; dead after {@link Memory.close}. Under 4 GiB. */
  float32(byteOffset: number, length: number): Float32Array {
    return new Float32Array(this.#window(byteOffset, length * 4));
  }

  /** As {@link Memory.float32}, of int32 values. */
  int32(byteOffset: number, length: number): Int32Array {
    return new Int32Array(this.#window(byteOffset, length * 4));
  }

  /** As {@link Memory.float32}, of bytes. */
  uint8(byteOffset: number, length: number): Uint8Array {
    return new Uint8Array(this.#window(byteOffset, length));
  }

  #window(byteOffset: number, byteLength: number): ArrayBuffer {
    if (this.#state === 'released') throw new IllegalStateError('The memory was already released.');
    invariant(byteOffset >= 0 && byteOffset + byteLength <= this.byteLength, 'a view lies inside its memory');
    invariant(byteLength < MAX_VIEW_BYTES, `a view of ${byteLength} bytes is under 4 GiB`);
    return koffi.view(this.address + BigInt(byteOffset), byteLength);
  }

  /**
   * Asks for pages of 2 MiB, which take a tenth of the time to get. Only for memory that is all written: each is backed whole
   * where any of it is touched.
   */
  useHugePages(): void {
    if (process.platform === 'linux') libC().madvise(this.address, this.byteLength, HUGE_PAGE);
  }

  /** Gives the memory back; tensors and views over it must not be used any more. */
  close(): void {
    if (this.#state === 'released') return;
    this.#state = 'released';
    libC().munmap(this.address, this.byteLength);
  }
}
