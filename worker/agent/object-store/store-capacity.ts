import { statfsSync } from 'node:fs';
import { InvalidArgumentError } from '../../../src/core/index.js';

const MIN_BYTES = 75_000_000;
const MAX_DEFAULT_BYTES = 200_000_000_000;
const MEMORY_SHARE = 0.3;
const SHARED_MEMORY_SHARE = 0.95;

/** What a machine, or the container on it, has. Bytes. */
export interface MemoryFigures {
  readonly availableMemory: number;
  readonly freeSharedMemory: number;
}

export function measureMemory(): MemoryFigures {
  return { availableMemory: process.availableMemory(), freeSharedMemory: freeSharedMemory() };
}

function freeSharedMemory(): number {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize;
  } catch {
    return 0; // a system without it: the first object says so
  }
}

/**
 * Capacity of a node's object store in bytes. Default, as in Ray: 30 % of the memory that is available, at most 95 % of
 * what is free in /dev/shm, at most 200 GB, at least 75 MB.
 *
 * @param requested the option `objectStoreMemory`, in bytes.
 * @throws {InvalidArgumentError} when less than 75 MB, or more than is free in /dev/shm, is asked for.
 */
export function chooseCapacity(
  requested: number | undefined,
  { availableMemory, freeSharedMemory }: MemoryFigures,
): number {
  if (requested === undefined) {
    const fitting = Math.min(MEMORY_SHARE * availableMemory, SHARED_MEMORY_SHARE * freeSharedMemory, MAX_DEFAULT_BYTES);
    return Math.floor(Math.max(fitting, MIN_BYTES));
  }
  if (!Number.isSafeInteger(requested) || requested < MIN_BYTES) {
    throw new InvalidArgumentError(
      `The memory of the object store (--object-store-memory, objectStoreMemory) is a number of bytes, at least ${MIN_BYTES}; got ${requested}.`,
    );
  }
  if (requested > freeSharedMemory) {
    throw new InvalidArgumentError(
      `--object-store-memory (objectStoreMemory) ${requested} is more than the ${freeSharedMemory} bytes that are free in /dev/shm. ` +
        'Ask for less, or give /dev/shm more room: docker run --shm-size=8g, shm_size in docker-compose.yml.',
    );
  }
  return requested;
}
