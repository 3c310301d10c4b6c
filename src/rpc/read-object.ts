import { InternalError } from '../core/index.js';
import type { ObjectStoreRpcClient } from './agent-stores.js';
import { receiveInTurn } from './receive-in-turn.js';

/**
 * Reads an object from the store of another node.
 *
 * @param onChunk is handed the bytes in order and waited for; `size` is the whole object's. A chunk is its own to keep.
 * @param signal ends the reading with its reason.
 * @throws when the node does not have the object, the connection broke, or `onChunk` failed; nothing tells how far it got.
 */
export async function readObject(
  client: ObjectStoreRpcClient,
  objectId: string,
  onChunk: (chunk: Uint8Array, offset: number, size: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const stream = client.stream('readObject');
  const stop = (): void => stream.close(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  stream.onEnd(() => signal?.removeEventListener('abort', stop));
  let offset = 0;
  let size = Number.POSITIVE_INFINITY;
  const received = receiveInTurn(stream, async (message) => {
    // Only the first message has the size: an object is never empty.
    if (offset === 0) size = message.size;
    if (offset + message.chunk.byteLength > size)
      throw new InternalError(`Object ${objectId} came longer than ${size} bytes.`);
    await onChunk(message.chunk, offset, size);
    offset += message.chunk.byteLength;
  });
  await stream.send({ objectId });
  await received;
  if (offset !== size) throw new InternalError(`Object ${objectId} ended after ${offset} of ${size} bytes.`);
}
