import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClusterId, createNodeId, silentLogger } from '../../src/core/index.js';
import { AgentStores, type ObjectLocation, RpcServer } from '../../src/rpc/index.js';
import { createLocalObjectStoreClient } from '../../src/runtime/objects/local-object-store-client.js';
import type { ObjectStoreClient } from '../../src/runtime/objects/object-store-client.js';
import { createRemoteObjectStoreClient } from '../../src/runtime/objects/remote-object-store-client.js';
import { ObjectStore } from '../../worker/agent/object-store/object-store.js';
import { objectStoreService } from '../../worker/agent/object-store/object-store-service.js';
import { ObjectTransfers } from '../../worker/agent/object-store/object-transfers.js';

const CREDENTIALS = { token: 'the-token' };

/** A node's object store that serves a real connection. */
export interface StoreNode {
  readonly store: ObjectStore;
  readonly location: ObjectLocation;
  readonly spillPath: string;
  readonly transfers: ObjectTransfers;
  /** Ends the node at once, as a crash would. */
  stop(): void;
}

/** Nodes of one cluster on this machine, and clients of their stores; `close` removes everything. */
export class ObjectStoreLab {
  readonly clusterId = createClusterId();
  readonly credentials = CREDENTIALS;
  readonly stores = new AgentStores(CREDENTIALS);
  readonly #folder = mkdtempSync(join(tmpdir(), 'ray-ts-test-'));
  readonly #closers: (() => void)[] = [];

  async startNode(options: { capacity?: number; patienceMs?: number } = {}): Promise<StoreNode> {
    const { capacity = 512e6, patienceMs = 10_000 } = options;
    const nodeId = createNodeId();
    const spillPath = join(this.#folder, nodeId);
    const clusterId = (): string => this.clusterId;
    const store = new ObjectStore({ nodeId, clusterId, capacity, patienceMs, spillPath, logger: silentLogger });
    const server = new RpcServer(CREDENTIALS);
    const transfers = new ObjectTransfers(store, this.stores);
    server.addService('ObjectStoreService', objectStoreService(store, transfers));
    const port = await server.listen('127.0.0.1', 0);
    const stop = (): void => {
      server.close();
      store.close();
    };
    this.#closers.push(stop);
    return { store, location: { nodeId, agentAddress: `127.0.0.1:${port}` }, spillPath, transfers, stop };
  }

  localClient(node: StoreNode): ObjectStoreClient {
    const client = createLocalObjectStoreClient({
      clusterId: this.clusterId,
      node: node.location,
      credentials: CREDENTIALS,
    });
    this.#closers.push(() => client.close());
    return client;
  }

  remoteClient(node: StoreNode): ObjectStoreClient {
    const client = createRemoteObjectStoreClient({ node: node.location, credentials: CREDENTIALS });
    this.#closers.push(() => client.close());
    return client;
  }

  /** The names of the cluster's files in /dev/shm, without their common beginning. */
  fileNames(): string[] {
    const prefix = `ray-ts-${this.clusterId}-`;
    return readdirSync('/dev/shm')
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length + 29))
      .sort();
  }

  close(): void {
    this.stores.close();
    for (const close of this.#closers.reverse()) close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const newWorkerId = (): string => randomBytes(14).toString('hex');
export const newObjectId = (): string => randomBytes(18).toString('hex');
