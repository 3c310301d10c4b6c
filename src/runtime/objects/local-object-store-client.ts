import { MappedObjectFile, ObjectFileWriter, segmentPath, WarmMappings } from '../../channel/index.js';
import type { Credentials } from '../../core/index.js';
import { AgentStores, type ObjectLocation, type StoredObject, type Value } from '../../rpc/index.js';
import { freeCopies } from './free-copies.js';
import type { ObjectStoreClient, OpenOutcome } from './object-store-client.js';
import { layOutValue, type StoredValueParts } from './stored-value-parts.js';
import { viewStoredValue } from './view-stored-value.js';

/** The store decides how long one waits for room or for another node; this is for a store that hangs. */
const LONGEST_WAIT_MS = 600_000;
const SEAL_DEADLINE_MS = 60_000;
/** An object can be evicted between being fetched and being opened, if others need the room at once. */
const MAX_FETCHES = 5;

export interface LocalObjectStoreOptions {
  readonly clusterId: string;
  /** The node of this host. */
  readonly node: ObjectLocation;
  readonly credentials: Credentials;
}

/** Reads and writes the files of its host's store itself; the agent is asked for room and for objects of other nodes. */
export function createLocalObjectStoreClient(options: LocalObjectStoreOptions): ObjectStoreClient {
  return new LocalObjectStoreClient(options);
}

class LocalObjectStoreClient implements ObjectStoreClient {
  readonly #clusterId: string;
  readonly #node: ObjectLocation;
  readonly #stores: AgentStores;
  readonly #warmMappings = new WarmMappings();

  constructor({ clusterId, node, credentials }: LocalObjectStoreOptions) {
    this.#clusterId = clusterId;
    this.#node = node;
    this.#stores = new AgentStores(credentials);
  }

  async put(objectId: string, ownerWorkerId: string, value: Value): Promise<StoredObject> {
    const laidOut = layOutValue(value);
    const { size } = laidOut;
    const store = this.#stores.at(this.#node.agentAddress);
    const request = { objectId, ownerWorkerId, size, warmInodes: this.#warmMappings.inodes };
    const { path } = await store.call('createObject', request, LONGEST_WAIT_MS);
    try {
      await this.#write(path, laidOut, () => store.call('sealObject', { objectId, path }, SEAL_DEADLINE_MS));
    } catch (error) {
      await this.free([this.#node], [objectId]);
      throw error;
    }
    return { size, locations: [this.#node], references: value.references };
  }

  async open(objectId: string, ownerWorkerId: string, stored: StoredObject): Promise<OpenOutcome> {
    const { size, locations: sources, references } = stored;
    const isHere = sources.some(({ nodeId }) => nodeId === this.#node.nodeId);
    // An object that is in this host's memory has its name there, and is opened without asking the agent.
    const own = isHere && MappedObjectFile.open(segmentPath(this.#clusterId, this.#node.nodeId, `object-${objectId}`));
    if (own) return { kind: 'opened', value: viewStoredValue(own, references), copiedTo: undefined, lost: [] };
    const store = this.#stores.at(this.#node.agentAddress);
    for (let numFetches = 1; ; numFetches++) {
      const request = { objectId, ownerWorkerId, size, sources };
      const { path, lost, reason } = await store.call('fetchObject', request, LONGEST_WAIT_MS);
      if (path === '') return { kind: 'lost', lost, reason };
      const file = MappedObjectFile.open(path);
      const copiedTo = isHere && !lost.some(({ nodeId }) => nodeId === this.#node.nodeId) ? undefined : this.#node;
      if (file) return { kind: 'opened', value: viewStoredValue(file, references), copiedTo, lost };
      const gone = `Object ${objectId} was freed on node ${this.#node.nodeId} before it was opened.`;
      if (numFetches === MAX_FETCHES) return { kind: 'lost', lost, reason: gone };
    }
  }

  free(locations: readonly ObjectLocation[], objectIds: readonly string[]): Promise<void> {
    return freeCopies(this.#stores, locations, objectIds);
  }

  close(): void {
    this.#warmMappings.clear();
    this.#stores.close();
  }

  async #write(path: string, { size, parts }: StoredValueParts, seal: () => Promise<unknown>): Promise<void> {
    const file = await ObjectFileWriter.open(path, size, this.#warmMappings);
    try {
      for (const { offset, bytes, byteLength } of parts) await file.write(offset, bytes, byteLength);
      await seal();
    } finally {
      file.close();
    }
  }
}
