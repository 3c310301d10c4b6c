import { read, write } from 'node:fs';
import { promisify } from 'node:util';
import { InternalError, ObjectStoreFullError, toError } from '../../../src/core/index.js';

const readAsync = promisify(read);
const writeAsync = promisify(write);

/** Read and written at one go. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Writes all of the chunk at `offset`.
 * @throws {ObjectStoreFullError} when the file system has no room.
 */
export async function writeFully(fd: number, chunk: Uint8Array, offset: number): Promise<void> {
  let written = 0;
  try {
    while (written < chunk.byteLength) {
      const { bytesWritten } = await writeAsync(fd, chunk, written, chunk.byteLength - written, offset + written);
      written += bytesWritten;
    }
  } catch (error) {
    if ((toError(error) as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new ObjectStoreFullError(
      'The file system has no room for an object. Make room on it; for /dev/shm in a container: docker run --shm-size=8g.',
      { cause: error },
    );
  }
}

/**
 * The bytes [0, size) of a file in chunks, each with a buffer of its own.
 * @throws {InternalError} when the file ends before.
 */
export async function* readChunks(fd: number, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < size; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, size - offset));
    const { bytesRead } = await readAsync(fd, buffer, 0, buffer.byteLength, offset);
    if (bytesRead === 0) throw new InternalError(`A file of an object ends after ${offset} of ${size} bytes.`);
    yield buffer.subarray(0, bytesRead);
    offset += bytesRead;
  }
}
