import { type Credentials, Deferred, InternalError, toError } from '../../core/index.js';
import {
  AgentStores,
  type CreateObjectRequest,
  type ObjectLocation,
  readObject,
  type StoredObject,
  type Value,
} from '../../rpc/index.js';
import { ArrivingValue } from './arriving-value.js';
import { freeCopies } from './free-copies.js';
import type { ObjectStoreClient, OpenOutcome } from './object-store-client.js';
import { chunksOf, layOutValue } from './stored-value-parts.js';

const CHUNK_BYTES = 1024 * 1024;

export interface RemoteObjectStoreOptions {
  /** The node whose store takes what this process puts. */
  readonly node: ObjectLocation;
  readonly credentials: Credentials;
}

/** For a process on a host without a node: objects go to and come from stores of nodes by messages, into its own memory. */
export function createRemoteObjectStoreClient(options: RemoteObjectStoreOptions): ObjectStoreClient {
  return new RemoteObjectStoreClient(options);
}

class RemoteObjectStoreClient implements ObjectStoreClient {
  readonly #node: ObjectLocation;
  readonly #stores: AgentStores;

  constructor({ node, credentials }: RemoteObjectStoreOptions) {
    this.#node = node;
    this.#stores = new AgentStores(credentials);
  }

  async put(objectId: string, ownerWorkerId: string, value: Value): Promise<StoredObject> {
    const laidOut = layOutValue(value);
    const { size } = laidOut;
    await this.#send({ objectId, ownerWorkerId, size, warmInodes: [] }, chunksOf(laidOut, CHUNK_BYTES));
    return { size, locations: [this.#node], references: value.references };
  }

  async open(objectId: string, _ownerWorkerId: string, stored: StoredObject): Promise<OpenOutcome> {
    const lost: ObjectLocation[] = [];
    const reasons: string[] = [];
    for (const location of stored.locations) {
      try {
        const arriving = new ArrivingValue();
        await readObject(this.#stores.at(location.agentAddress), objectId, async (chunk, offset, size) =>
          arriving.take(chunk, offset, size),
        );
        return { kind: 'opened', value: arriving.finish(stored.references), copiedTo: undefined, lost };
      } catch (error) {
        lost.push(location);
        reasons.push(toError(error).message);
      }
    }
    return { kind: 'lost', lost, reason: reasons.join(' ') };
  }

  free(locations: readonly ObjectLocation[], objectIds: readonly string[]): Promise<void> {
    return freeCopies(this.#stores, locations, objectIds);
  }

  close(): void {
    this.#stores.close();
  }

  /** Resolves when the node has all of the object. */
  async #send(object: CreateObjectRequest, chunks: Iterable<Uint8Array>): Promise<void> {
    const stream = this.#stores.at(this.#node.agentAddress).stream('writeObject');
    const written = new Deferred<void>();
    stream.receive(() => written.resolve());
    stream.onEnd((end) => {
      written.reject(end ?? new InternalError(`Node ${this.#node.nodeId} refused object ${object.objectId}.`));
    });
    try {
      // Only the first message describes the object.
      await stream.send({ object });
      for (const chunk of chunks) {
        if (stream.isEnded) break;
        await stream.send({ chunk });
      }
    } catch (error) {
      stream.close(error);
      throw error;
    }
    await written.promise;
  }
}
