import type { ObjectId } from '../../core/index.js';
import type { ObjectLocation } from '../../rpc/index.js';
import type { ObjectStoreClient } from './object-store-client.js';

/** Has copies freed that no ref needs any more: those of one turn of the event loop with one call to each node. */
export class FreeBatcher {
  readonly #store: () => ObjectStoreClient | undefined;
  readonly #isDead: (nodeId: string) => boolean;
  #byNode = new Map<string, { readonly location: ObjectLocation; readonly objectIds: ObjectId[] }>();
  #freeing: Promise<void> = Promise.resolve();

  /** @param isDead of a node: its copies are gone with it. */
  constructor(store: () => ObjectStoreClient | undefined, isDead: (nodeId: string) => boolean) {
    this.#store = store;
    this.#isDead = isDead;
  }

  add(objectId: ObjectId, copies: readonly ObjectLocation[]): void {
    const locations = copies.filter(({ nodeId }) => !this.#isDead(nodeId));
    if (locations.length === 0) return;
    if (this.#byNode.size === 0) setImmediate(() => void this.flush());
    for (const location of locations) {
      const batch = this.#byNode.get(location.nodeId) ?? { location, objectIds: [] };
      batch.objectIds.push(objectId);
      this.#byNode.set(location.nodeId, batch);
    }
  }

  /** Resolves when every node has been told. */
  flush(): Promise<void> {
    if (this.#byNode.size === 0) return this.#freeing;
    const batches = [...this.#byNode.values()];
    this.#byNode = new Map();
    const store = this.#store();
    const freed = batches.map(({ location, objectIds }) => store?.free([location], objectIds));
    this.#freeing = Promise.all([this.#freeing, ...freed]).then(() => undefined);
    return this.#freeing;
  }
}
