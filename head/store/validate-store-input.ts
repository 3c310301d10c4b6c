import { InvalidArgumentError } from '../../src/core/errors/index.js';
import { MAX_RECORD_ID_BYTES, type StoreMutation } from './head-store.js';

/** @throws {InvalidArgumentError} when an id is empty or too long for some implementation. */
export function validateMutations(mutations: readonly StoreMutation[]): void {
  for (const { table, id } of mutations) {
    const numBytes = Buffer.byteLength(id);
    if (numBytes === 0 || numBytes > MAX_RECORD_ID_BYTES) {
      throw new InvalidArgumentError(
        `An id in table ${table} must have 1 to ${MAX_RECORD_ID_BYTES} bytes, got ${numBytes}: '${id.slice(0, 40)}'.`,
      );
    }
  }
}

/** @throws {InvalidArgumentError} when the holder has no name or the time to live is not a positive integer. */
export function validateLeaseRequest(holder: string, ttlMs: number): void {
  if (holder === '') throw new InvalidArgumentError('The holder of a lease needs a name, got an empty one.');
  validateTimeToLive(ttlMs);
}

/** @throws {InvalidArgumentError} when the time to live is not a positive integer. */
export function validateTimeToLive(ttlMs: number): void {
  if (Number.isSafeInteger(ttlMs) && ttlMs > 0) return;
  throw new InvalidArgumentError(`A lease lasts a positive whole number of milliseconds, got ${ttlMs}.`);
}
