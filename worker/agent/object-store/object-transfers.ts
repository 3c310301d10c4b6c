import { closeSync } from 'node:fs';
import { holdObjectFile } from '../../../src/channel/index.js';
import { InternalError, NodeDiedError, ObjectStoreFullError, toError } from '../../../src/core/index.js';
import { type AgentStores, type FetchObjectRequest, type ObjectLocation, readObject } from '../../../src/rpc/index.js';
import { writeFully } from './file-bytes.js';
import type { ObjectStore } from './object-store.js';
import { Turns } from './turns.js';

/** Each has some chunks in flight, 8 MiB at most with what HTTP/2 buffers. */
const NUM_TRANSFERS = 4;

export interface FetchOutcome {
  /** Empty when the object could not be had. */
  readonly path: string;
  readonly lost: ObjectLocation[];
  /** Why they are lost. */
  readonly reason: string;
}

/** Brings objects of other nodes to this one. Those who want the same object share one transfer. */
export class ObjectTransfers {
  readonly #store: ObjectStore;
  readonly #stores: AgentStores;
  readonly #turns = new Turns(NUM_TRANSFERS);
  readonly #underWay = new Map<string, Promise<FetchOutcome>>();
  /** By node: ends what comes from there. */
  readonly #sources = new Map<string, AbortController>();

  constructor(store: ObjectStore, stores: AgentStores) {
    this.#store = store;
    this.#stores = stores;
  }

  /**
   * Has the object brought here, from this node's disk or from the first source that has it.
   * @throws {ObjectStoreFullError} when this node has no room for it.
   */
  async fetch(request: FetchObjectRequest): Promise<FetchOutcome> {
    const { objectId } = request;
    const underWay = this.#underWay.get(objectId);
    if (underWay !== undefined) return underWay;
    const fetch = this.#fetch(request).finally(() => this.#underWay.delete(objectId));
    this.#underWay.set(objectId, fetch);
    return fetch;
  }

  /** What is on its way from that node fails now: a connection to a host that vanished takes long to fail. */
  onNodeDied(nodeId: string): void {
    this.#sources.get(nodeId)?.abort(new NodeDiedError(`Node ${nodeId} died.`));
    this.#sources.delete(nodeId);
  }

  async #fetch(request: FetchObjectRequest): Promise<FetchOutcome> {
    const located = await this.#store.locate(request.objectId);
    if (located.kind === 'here') return { path: located.path, lost: [], reason: '' };
    if (located.kind === 'unfinished') return { path: '', lost: [], reason: located.reason };
    const isHere = (source: ObjectLocation): boolean => source.nodeId === this.#store.nodeId;
    const lost = request.sources.filter(isHere);
    const reasons = lost.map(() => located.reason);
    for (const source of request.sources.filter((other) => !isHere(other))) {
      try {
        const path = await this.#turns.run(() => this.#pull(request, source));
        return { path, lost, reason: reasons.join(' ') };
      } catch (error) {
        if (error instanceof ObjectStoreFullError) throw error;
        lost.push(source);
        reasons.push(toError(error).message);
      }
    }
    return { path: '', lost, reason: reasons.join(' ') || located.reason };
  }

  async #pull({ objectId, ownerWorkerId, size }: FetchObjectRequest, source: ObjectLocation): Promise<string> {
    const { file } = await this.#store.create({ objectId, ownerWorkerId, size, isPrimary: false });
    const path = file!.path;
    const fd = holdObjectFile(path);
    try {
      if (fd === undefined) throw new InternalError(`Object ${objectId} was freed while it was fetched.`);
      const onChunk = async (chunk: Uint8Array, offset: number, total: number): Promise<void> => {
        if (total !== size) throw new InternalError(`Object ${objectId} has ${total} bytes there, not ${size}.`);
        await writeFully(fd, chunk, offset);
      };
      await readObject(this.#stores.at(source.agentAddress), objectId, onChunk, this.#signalOf(source.nodeId));
      this.#store.seal(objectId, path);
    } catch (error) {
      this.#store.discard(objectId, path);
      throw error;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
    const located = await this.#store.locate(objectId);
    return located.kind === 'here' ? located.path : '';
  }

  #signalOf(nodeId: string): AbortSignal {
    const source = this.#sources.get(nodeId) ?? new AbortController();
    this.#sources.set(nodeId, source);
    return source.signal;
  }
}
