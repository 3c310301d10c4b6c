import type { PlacementGroupId, Resources, WorkerId } from '../../src/core/index.js';
import type { LeaseRecord } from './lease-record.js';

/** Room that somebody waits for. */
export interface Want {
  /** Fixed point. */
  readonly resources: Resources;
  /** Where: in a bundle of this group, or outside of groups. */
  readonly placementGroupId: PlacementGroupId | undefined;
}

/** The callers that hold leases on something that others wait for: those without a task are to be returned. */
export function holdersToAsk(wants: readonly Want[], leases: Iterable<LeaseRecord>): ReadonlySet<WorkerId> {
  const namesByPlace = new Map<PlacementGroupId | undefined, Set<string>>();
  for (const { resources, placementGroupId } of wants) {
    const names = namesByPlace.get(placementGroupId) ?? new Set();
    for (const name of Object.keys(resources)) names.add(name);
    namesByPlace.set(placementGroupId, names);
  }
  const holders = new Set<WorkerId>();
  for (const { state, bundle, held, holderWorkerId } of leases) {
    const names = state === 'GRANTED' ? namesByPlace.get(bundle?.placementGroupId) : undefined;
    if (names && Object.keys(held).some((name) => names.has(name))) holders.add(holderWorkerId);
  }
  return holders;
}
