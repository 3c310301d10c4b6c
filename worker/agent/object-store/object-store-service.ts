import type { ServiceHandlers, Services, StoredObjectView } from '../../../src/rpc/index.js';
import type { ObjectRecord, ObjectState } from './object-record.js';
import type { ObjectStore } from './object-store.js';
import { serveRead, serveWrite } from './object-streams.js';
import type { ObjectTransfers } from './object-transfers.js';

/** The handlers of the ObjectStoreService. */
export function objectStoreService(
  store: ObjectStore,
  transfers: ObjectTransfers,
): ServiceHandlers<Services['ObjectStoreService']> {
  return {
    createObject: async ({ objectId, ownerWorkerId, size, warmInodes }, signal) => {
      const object = { objectId, ownerWorkerId, size, isPrimary: true };
      const { file } = await store.create(object, { warmInodes, signal });
      return { path: file!.path };
    },
    sealObject: async ({ objectId, path }) => {
      store.seal(objectId, path);
      return {};
    },
    freeObjects: async ({ objectIds }) => {
      store.free(objectIds);
      return {};
    },
    fetchObject: (request) => transfers.fetch(request),
    readObject: (stream) => serveRead(store, stream),
    writeObject: (stream) => serveWrite(store, stream),
    listObjects: async () => {
      const { capacity, used, spilled } = store;
      return { objects: [...store.records()].map(viewOf), capacity, used, spilled };
    },
  };
}

/** What people are told of the states: a spill that is not done yet is none, nor is a restore. */
const shownState: Record<ObjectState, string> = {
  CREATED: 'CREATED',
  SEALED: 'SEALED',
  SPILLING: 'SEALED',
  SPILLED: 'SPILLED',
  RESTORING: 'SPILLED',
};

function viewOf({ objectId, ownerWorkerId, size, state, isPrimary }: ObjectRecord): StoredObjectView {
  return { objectId, ownerWorkerId, size, state: shownState[state], primary: isPrimary };
}
