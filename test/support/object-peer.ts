/**
 * A worker in a process of its own, for tests of borrowing: `node --import tsx object-peer.ts`. It owns one object that is
 * there and one that never comes, tells its parent a value with refs to both, and borrows what its parent sends it.
 */
import { encodeValue, messageCodec, type Value } from '../../src/rpc/index.js';
import type { ObjectRef } from '../../src/runtime/objects/object-ref.js';
import { MemoryStores } from './memory-object-store.js';
import { WorkerObjects } from './worker-objects.js';

const codec = messageCodec<Value>('Value');
const worker = await WorkerObjects.start(new MemoryStores(), 'peer');
const borrowed: unknown[] = [];

/** Refs that this process keeps for as long as it lives. */
const own: ObjectRef<unknown>[] = [await worker.objects.put('of the peer'), worker.objects.createPendingOne()];

process.on('message', (message: { readonly args: string }) => {
  const args = codec.decode(Buffer.from(message.args, 'base64'));
  void (async () => {
    const decoded = await worker.objects.decodeArguments(args, []);
    await decoded.borrowed;
    borrowed.push(decoded.args);
    const [[ref]] = decoded.args as [[ObjectRef<unknown>]];
    const read = encodeValue(await worker.objects.read(ref));
    process.send?.({ read: Buffer.from(codec.encode(read)).toString('base64') });
  })();
});

const { args } = await worker.objects.encodeArguments([own]);
process.send?.({ args: Buffer.from(codec.encode(args)).toString('base64') });
