import { StaleEpochError } from '../../src/core/errors/index.js';

/** The lease as it is stored. Absent before the first acquisition. */
export interface LeaseRecord {
  readonly epoch: number;
  readonly holder: string;
  /** RELEASED leases keep their epoch, so that the next one is greater. */
  readonly state: 'HELD' | 'RELEASED';
  /** By the store's clock; a HELD lease past it may be taken, and is its holder's until somebody does. */
  readonly expiresAtMs: number;
}

/** The next lease, or undefined while another holder's is live. */
export function acquireLeaseRecord(
  current: LeaseRecord | undefined,
  holder: string,
  ttlMs: number,
  nowMs: number,
): LeaseRecord | undefined {
  const isHeldByOther = current?.state === 'HELD' && current.holder !== holder && nowMs < current.expiresAtMs;
  if (isHeldByOther) return undefined;
  return { epoch: (current?.epoch ?? 0) + 1, holder, state: 'HELD', expiresAtMs: nowMs + ttlMs };
}

/** The lease of who held it under `epoch`, again, unless another one was acquired since. */
export function reclaimLeaseRecord(
  current: LeaseRecord | undefined,
  epoch: number,
  holder: string,
  ttlMs: number,
  nowMs: number,
): LeaseRecord | undefined {
  if (current && current.epoch > epoch) return undefined;
  return { epoch: epoch + 1, holder, state: 'HELD', expiresAtMs: nowMs + ttlMs };
}

/** True while nobody acquired after `epoch` and it was not released, also when it expired. */
export function holdsEpoch(current: LeaseRecord | undefined, epoch: number): current is LeaseRecord {
  return current?.state === 'HELD' && current.epoch === epoch;
}

/** The error of a write under an epoch that is no longer current. */
export function createStaleEpochError(operation: string, epoch: number): StaleEpochError {
  return new StaleEpochError(
    `The head's store refused ${operation} under epoch ${epoch}: another head took the lease, or it was released. ` +
      'This head must stop; nothing was written.',
    { details: { epoch } },
  );
}

/** The error of a write to a store that has come back without what it had acknowledged under this epoch. */
export function createLostWritesError(operation: string, epoch: number): StaleEpochError {
  return new StaleEpochError(
    `The head's store refused ${operation} under epoch ${epoch}: it has lost writes that it had acknowledged. ` +
      'Nothing was written; the lease is to be reclaimed, and everything to be written again.',
    { details: { epoch } },
  );
}
