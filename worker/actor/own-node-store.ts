import { ActorUnavailableError } from '../../src/core/index.js';
import type { ObjectStoreClient } from '../../src/runtime/objects/object-store-client.js';

/**
 * The store of the node that a worker runs on. Its agent is what the worker lives by: an agent that can't be reached has
 * ended, and takes this process with it as soon as the news is here. Until then nothing is said of it, or calls would fail
 * that their callers can try elsewhere once they see that the process is gone.
 *
 * @param agentsEnd called when the agent can't be reached: resolves, if this process still lives, when the error is to be told.
 */
export function createOwnNodeStore(store: ObjectStoreClient, agentsEnd: () => Promise<void>): ObjectStoreClient {
  const orEndWithAgent = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ActorUnavailableError) await agentsEnd();
      throw error;
    }
  };
  return {
    put: (objectId, ownerWorkerId, value) => orEndWithAgent(store.put(objectId, ownerWorkerId, value)),
    open: (objectId, ownerWorkerId, stored) => orEndWithAgent(store.open(objectId, ownerWorkerId, stored)),
    free: (locations, objectIds) => store.free(locations, objectIds),
    close: () => store.close(),
  };
}
