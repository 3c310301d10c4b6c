import { createHash } from 'node:crypto';
import { IllegalStateError, InvalidArgumentError } from '../../src/core/index.js';
import type { StateJournal } from '../state-journal.js';
import type { HeadStore, StoreMutation } from '../store/head-store.js';

/** Of one package: program folders are kilobytes; data belongs elsewhere. */
export const MAX_PACKAGE_BYTES = 100 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

interface PackageRow {
  readonly size: number;
  readonly numChunks: number;
}

/**
 * The program folders that drivers have uploaded, by the SHA-256 of their bytes. They are in the store, in chunks, so that a
 * head on another host has them too; the head's memory holds none of their bytes.
 */
export class PackageStore {
  readonly #store: HeadStore;
  readonly #journal: StateJournal;

  constructor(store: HeadStore, journal: StateJournal) {
    this.#store = store;
    this.#journal = journal;
  }

  async has(sha256: string): Promise<boolean> {
    requireHash(sha256);
    return (await this.#store.get('packages', sha256)) !== undefined;
  }

  /**
   * Resolves when the store has the whole package.
   * @throws {InvalidArgumentError} when it is too large, or its hash is another one.
   */
  async put(sha256: string, bytes: Buffer): Promise<void> {
    requireHash(sha256);
    requireSize(sha256, bytes.length);
    const actual = createHash('sha256').update(bytes).digest('hex');
    if (actual !== sha256) {
      throw new InvalidArgumentError(
        `The package ${sha256} was damaged on its way: its bytes have the hash ${actual}.`,
      );
    }
    const numChunks = Math.ceil(bytes.length / CHUNK_BYTES);
    for (let index = 0; index < numChunks; index++) {
      const record = bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
      await this.#write({ kind: 'put', table: 'package-chunks', id: chunkId(sha256, index), record });
    }
    // Last: a package is there when all of it is. Chunks that a crash leaves without it are overwritten by the next upload.
    const row: PackageRow = { size: bytes.length, numChunks };
    await this.#write({ kind: 'put', table: 'packages', id: sha256, record: Buffer.from(JSON.stringify(row)) });
  }

  /** The package's bytes, in order. @throws {IllegalStateError} when there is no such package. */
  async *read(sha256: string): AsyncGenerator<Uint8Array> {
    requireHash(sha256);
    const record = await this.#store.get('packages', sha256);
    if (!record) throw missing(sha256);
    const { numChunks } = JSON.parse(Buffer.from(record).toString()) as PackageRow;
    for (let index = 0; index < numChunks; index++) {
      const chunk = await this.#store.get('package-chunks', chunkId(sha256, index));
      if (!chunk) throw missing(sha256);
      yield chunk;
    }
  }

  #write(mutation: StoreMutation): Promise<void> {
    return this.#journal.writeThrough([mutation]);
  }
}

/** @throws {InvalidArgumentError} when a package of that size is not kept. */
export function requireSize(sha256: string, size: number): void {
  if (size <= MAX_PACKAGE_BYTES) return;
  throw new InvalidArgumentError(
    `The package ${sha256.slice(0, 12)} has more than ${MAX_PACKAGE_BYTES / 1024 / 1024} MiB. Leave data and builds out of ` +
      'the working directory, or put the program on a disk that the nodes share.',
  );
}

function requireHash(sha256: string): void {
  if (/^[0-9a-f]{64}$/.test(sha256)) return;
  throw new InvalidArgumentError('A package is named by the SHA-256 of its bytes: 64 hexadecimal digits.');
}

const chunkId = (sha256: string, index: number): string => `${sha256}:${index}`;

const missing = (sha256: string): IllegalStateError =>
  new IllegalStateError(`The head does not have the package ${sha256}; its driver has to upload it again.`);
