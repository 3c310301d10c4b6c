import { closeSync } from 'node:fs';
import { holdObjectFile } from '../../../src/channel/index.js';
import { IllegalStateError, InvalidArgumentError } from '../../../src/core/index.js';
import {
  type MessageStream,
  type ReadObjectRequest,
  type ReadObjectResponse,
  receiveInTurn,
  type WriteObjectRequest,
  type WriteObjectResponse,
} from '../../../src/rpc/index.js';
import { readChunks, writeFully } from './file-bytes.js';
import type { ObjectStore } from './object-store.js';

/** Sends an object to whoever opened the stream, as fast as it is taken. */
export function serveRead(store: ObjectStore, stream: MessageStream<ReadObjectRequest, ReadObjectResponse>): void {
  stream.receive(({ objectId }) => {
    sendObject(store, objectId, stream).then(
      () => stream.close(),
      (error: unknown) => stream.close(error),
    );
  });
}

async function sendObject(
  store: ObjectStore,
  objectId: string,
  stream: MessageStream<ReadObjectRequest, ReadObjectResponse>,
): Promise<void> {
  const { fd, size } = await store.openForReading(objectId);
  try {
    for await (const chunk of readChunks(fd, size)) {
      if (stream.isEnded) return;
      await stream.send({ size, chunk });
    }
  } finally {
    closeSync(fd);
  }
}

/** Takes an object from a worker on a host without a store; nothing is left of one that does not come whole. */
export function serveWrite(store: ObjectStore, stream: MessageStream<WriteObjectRequest, WriteObjectResponse>): void {
  const arrival = new ObjectArrival(store);
  const received = receiveInTurn(stream, async (message) => {
    if (!(await arrival.take(message))) return;
    await stream.send({});
    stream.close();
  });
  // The peer was told by the stream's end.
  received.catch(() => undefined).finally(() => arrival.end());
}

type ArrivalState =
  | { readonly kind: 'awaited' }
  | {
      readonly kind: 'arriving';
      readonly objectId: string;
      readonly path: string;
      readonly fd: number;
      readonly size: number;
    }
  | { readonly kind: 'arrived' };

/** One object that comes in by chunks. */
class ObjectArrival {
  readonly #store: ObjectStore;
  #state: ArrivalState = { kind: 'awaited' };
  #offset = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** True when the object is whole, and sealed. */
  async take({ object, chunk }: WriteObjectRequest): Promise<boolean> {
    if (this.#state.kind === 'awaited') this.#state = await this.#begin(object);
    if (this.#state.kind !== 'arriving') throw new InvalidArgumentError('writeObject: the object was whole already.');
    const { objectId, path, fd, size } = this.#state;
    if (this.#offset + chunk.byteLength > size) {
      throw new InvalidArgumentError(
        `writeObject: object ${objectId} is longer than the ${size} bytes it was to have.`,
      );
    }
    await writeFully(fd, chunk, this.#offset);
    this.#offset += chunk.byteLength;
    if (this.#offset < size) return false;
    this.#store.seal(objectId, path);
    closeSync(fd);
    this.#state = { kind: 'arrived' };
    return true;
  }

  /** Discards what is not whole. */
  end(): void {
    if (this.#state.kind !== 'arriving') return;
    closeSync(this.#state.fd);
    this.#store.discard(this.#state.objectId, this.#state.path);
    this.#state = { kind: 'arrived' };
  }

  async #begin(object: WriteObjectRequest['object']): Promise<ArrivalState> {
    if (!object) throw new InvalidArgumentError('writeObject: the first message must describe the object.');
    const { objectId, ownerWorkerId, size } = object;
    const record = await this.#store.create({ objectId, ownerWorkerId, size, isPrimary: true });
    const path = record.file!.path;
    const fd = holdObjectFile(path);
    if (fd === undefined) throw new IllegalStateError(`Object ${objectId} was freed while it was written.`);
    return { kind: 'arriving', objectId, path, fd, size };
  }
}
