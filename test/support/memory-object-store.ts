import { type ObjectLocation, type StoredObject, type Value, valueBytes } from '../../src/rpc/index.js';
import type { ObjectStoreClient, OpenOutcome } from '../../src/runtime/objects/object-store-client.js';

/** The stores of several nodes, in the memory of the test. */
export class MemoryStores {
  /** Values by node and object id. */
  readonly nodes = new Map<string, Map<string, Value>>();

  /** The way of a process on that node to all stores. */
  client(nodeId: string): MemoryObjectStore {
    this.nodes.set(nodeId, this.nodes.get(nodeId) ?? new Map());
    return new MemoryObjectStore(this, nodeId);
  }

  /** Ids of the objects on a node. */
  on(nodeId: string): string[] {
    return [...(this.nodes.get(nodeId)?.keys() ?? [])];
  }
}

export class MemoryObjectStore implements ObjectStoreClient {
  readonly #stores: MemoryStores;
  readonly #node: ObjectLocation;
  /** Awaited before an object is opened: for what happens meanwhile. */
  beforeOpen: () => Promise<void> = async () => undefined;

  constructor(stores: MemoryStores, nodeId: string) {
    this.#stores = stores;
    this.#node = { nodeId, agentAddress: `${nodeId}:1` };
  }

  async put(objectId: string, _ownerWorkerId: string, value: Value): Promise<StoredObject> {
    this.#own.set(objectId, { ...copy(value), references: [] });
    return { size: valueBytes(value), locations: [this.#node], references: value.references };
  }

  async open(objectId: string, _ownerWorkerId: string, stored: StoredObject): Promise<OpenOutcome> {
    await this.beforeOpen();
    const lost: ObjectLocation[] = [];
    for (const location of stored.locations) {
      const found = this.#stores.nodes.get(location.nodeId)?.get(objectId);
      if (!found) {
        lost.push(location);
        continue;
      }
      const isCopied = location.nodeId !== this.#node.nodeId;
      if (isCopied) this.#own.set(objectId, found);
      const value = { ...copy(found), references: stored.references };
      return { kind: 'opened', value, copiedTo: isCopied ? this.#node : undefined, lost };
    }
    return { kind: 'lost', lost, reason: 'No node has it.' };
  }

  async free(locations: readonly ObjectLocation[], objectIds: readonly string[]): Promise<void> {
    for (const { nodeId } of locations) for (const id of objectIds) this.#stores.nodes.get(nodeId)?.delete(id);
  }

  close(): void {}

  get #own(): Map<string, Value> {
    return this.#stores.nodes.get(this.#node.nodeId)!;
  }
}

const copy = (value: Value): Value => ({ ...value, segments: value.segments.map((bytes) => Uint8Array.from(bytes)) });
