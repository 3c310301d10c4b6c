import type { AgentStores, ObjectLocation } from '../../rpc/index.js';

/** Frees an object's copies. A node that can't be reached has lost its copies, or loses them when it misses their owner. */
export async function freeCopies(
  stores: AgentStores,
  locations: readonly ObjectLocation[],
  objectIds: readonly string[],
): Promise<void> {
  const addresses = new Set(locations.map(({ agentAddress }) => agentAddress));
  await Promise.allSettled(
    [...addresses].map((address) => stores.at(address).call('freeObjects', { objectIds: [...objectIds] })),
  );
}
