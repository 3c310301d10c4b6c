import { join } from 'node:path';
import type { Credentials, Logger } from '../../../src/core/index.js';
import { AgentStores, type RpcServer } from '../../../src/rpc/index.js';
import { ObjectStore } from './object-store.js';
import { objectStoreService } from './object-store-service.js';
import { ObjectTransfers } from './object-transfers.js';

export interface ServeObjectStoreOptions {
  readonly server: RpcServer;
  readonly nodeId: string;
  /** Known once the node has registered. */
  readonly clusterId: () => string;
  /** Bytes. */
  readonly capacity: number;
  readonly sessionDirectory: string;
  readonly credentials: Credentials;
  readonly logger: Logger;
}

export interface ServedObjectStore {
  /** Frees what the workers owned. */
  releaseOwners(workerIds: readonly string[]): void;
  /** Nothing comes from that node any more. */
  onNodeDied(nodeId: string): void;
  /** Removes every object and file of the node. */
  close(): void;
}

/** Keeps the node's objects, for whoever calls the agent. */
export function serveObjectStore(options: ServeObjectStoreOptions): ServedObjectStore {
  const { server, nodeId, clusterId, capacity, sessionDirectory, credentials, logger } = options;
  const spillPath = join(sessionDirectory, 'spill', nodeId);
  const store = new ObjectStore({ nodeId, clusterId, capacity, spillPath, logger });
  const stores = new AgentStores(credentials);
  const transfers = new ObjectTransfers(store, stores);
  server.addService('ObjectStoreService', objectStoreService(store, transfers));
  return {
    releaseOwners: (workerIds) => {
      for (const workerId of workerIds) store.releaseOwner(workerId);
    },
    onNodeDied: (diedId) => transfers.onNodeDied(diedId),
    close: () => {
      stores.close();
      store.close();
    },
  };
}
