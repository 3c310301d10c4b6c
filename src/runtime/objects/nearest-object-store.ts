import { networkInterfaces } from 'node:os';
import { ActorUnavailableError, type Credentials, hostAndPortOf, NodeDiedError } from '../../core/index.js';
import type { HeadClient, NodeView, StoredObject, Value } from '../../rpc/index.js';
import { createLocalObjectStoreClient } from './local-object-store-client.js';
import type { ObjectStoreClient, OpenOutcome } from './object-store-client.js';
import { createRemoteObjectStoreClient } from './remote-object-store-client.js';

export interface NearestObjectStoreOptions {
  readonly head: HeadClient;
  readonly clusterId: string;
  readonly credentials: Credentials;
}

interface ChosenStore {
  readonly nodeId: string;
  readonly client: ObjectStoreClient;
}

/**
 * The object store of a driver, chosen when it is first needed: that of the node on its host, else of any node. When the
 * agent of the chosen node is gone another one is chosen: the head may take the node for alive a while longer.
 */
export class NearestObjectStore implements ObjectStoreClient {
  readonly #options: NearestObjectStoreOptions;
  #chosen: Promise<ChosenStore> | undefined;
  /** Passed over as long as there are others. */
  readonly #unreachable = new Set<string>();

  constructor(options: NearestObjectStoreOptions) {
    this.#options = options;
  }

  put(objectId: string, ownerWorkerId: string, value: Value): Promise<StoredObject> {
    return this.#use((store) => store.put(objectId, ownerWorkerId, value));
  }

  open(objectId: string, ownerWorkerId: string, stored: StoredObject): Promise<OpenOutcome> {
    return this.#use((store) => store.open(objectId, ownerWorkerId, stored));
  }

  async free(...[locations, objectIds]: Parameters<ObjectStoreClient['free']>): Promise<void> {
    try {
      await this.#use((store) => store.free(locations, objectIds));
    } catch {
      // No node is alive, or the head is gone: nothing is left to be freed, or the nodes free it as the worker ends.
    }
  }

  close(): void {
    void this.#chosen?.then(
      ({ client }) => client.close(),
      () => undefined, // it was never opened
    );
  }

  async #use<T>(work: (store: ObjectStoreClient) => Promise<T>): Promise<T> {
    const tried = new Set<string>();
    for (;;) {
      const chosen = this.#store();
      const { nodeId, client } = await chosen;
      try {
        return await work(client);
      } catch (error) {
        if (!(error instanceof ActorUnavailableError)) throw error;
        if (this.#chosen === chosen) this.#chosen = undefined;
        this.#unreachable.add(nodeId);
        if (tried.has(nodeId)) throw error;
        tried.add(nodeId);
      }
    }
  }

  #store(): Promise<ChosenStore> {
    if (this.#chosen) return this.#chosen;
    const chosen = this.#choose();
    this.#chosen = chosen;
    chosen.catch(() => {
      if (this.#chosen === chosen) this.#chosen = undefined;
    });
    return chosen;
  }

  async #choose(): Promise<ChosenStore> {
    const { head, clusterId, credentials } = this.#options;
    const { nodes } = await head.call('getClusterState', {});
    const alive = nodes.filter(({ state }) => state === 'NODE_LIFE_STATE_ALIVE');
    if (alive.every(({ nodeId }) => this.#unreachable.has(nodeId))) this.#unreachable.clear();
    const reachable = alive.filter(({ nodeId }) => !this.#unreachable.has(nodeId));
    const here = reachable.find(isOnThisHost);
    if (here) {
      return { nodeId: here.nodeId, client: createLocalObjectStoreClient({ clusterId, node: here, credentials }) };
    }
    const node = reachable[Math.floor(Math.random() * reachable.length)];
    if (node) return { nodeId: node.nodeId, client: createRemoteObjectStoreClient({ node, credentials }) };
    throw new NodeDiedError('The cluster has no node alive whose object store could hold a value over 100 KiB.');
  }
}

function isOnThisHost({ agentAddress }: NodeView): boolean {
  const { host } = hostAndPortOf(agentAddress);
  return Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === host));
}
