import type { WorkerId } from '../../src/core/index.js';
import type { ActorRecord } from '../actors/actor-record.js';
import type { LeaseRecord } from '../leases/lease-record.js';

/**
 * The workers that live on when jobs end: those of detached actors, of what these have made, and so on.
 *
 * @source Ray: a detached actor outlives its job, and its children live and die with it
 */
export function survivingWorkers(
  actors: readonly ActorRecord[],
  leases: readonly LeaseRecord[],
): ReadonlySet<WorkerId> {
  const survivors = new Set<WorkerId>();
  const living = actors.filter(({ state }) => state !== 'DEAD');
  for (let before = -1; before < survivors.size; ) {
    before = survivors.size;
    for (const { isDetached, ownerWorkerId, address } of living) {
      if (address && (isDetached || (ownerWorkerId && survivors.has(ownerWorkerId)))) survivors.add(address.workerId);
    }
    for (const { holderWorkerId, address } of leases) {
      if (address && survivors.has(holderWorkerId)) survivors.add(address.workerId);
    }
  }
  return survivors;
}
