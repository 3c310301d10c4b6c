import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { OwnerDiedError } from '../../../../../src/core/index.js';
import { decodeValue, messageCodec, type Value } from '../../../../../src/rpc/index.js';
import type { ObjectRef } from '../../../../../src/runtime/objects/object-ref.js';
import { collectGarbage } from '../../../../support/collect-garbage.js';
import { MemoryStores } from '../../../../support/memory-object-store.js';
import { untilPasses } from '../../../../support/until-passes.js';
import { WorkerObjects } from '../../../../support/worker-objects.js';

const codec = messageCodec<Value>('Value');
const GRACE_MS = 500;

let here: WorkerObjects;
let peer: ChildProcess;

beforeEach(async () => {
  here = await WorkerObjects.start(new MemoryStores(), 'here', GRACE_MS);
  peer = fork(join(process.cwd(), 'test/support/object-peer.ts'), [], { execArgv: ['--import', 'tsx'] });
});
afterEach(async () => {
  peer.kill('SIGKILL');
  await here.close();
});

async function heard(name: string): Promise<Value> {
  const [message] = (await once(peer, 'message')) as [Record<string, string>];
  return codec.decode(Buffer.from(message[name]!, 'base64'));
}

/** The refs of the peer, borrowed here. */
async function borrowFromPeer(): Promise<[known: ObjectRef<unknown>, pending: ObjectRef<unknown>]> {
  const decoded = await here.objects.decodeArguments(await heard('args'), []);
  await decoded.borrowed;
  return decoded.args[0] as [ObjectRef<unknown>, ObjectRef<unknown>];
}

const read = async (ref: ObjectRef<unknown>): Promise<unknown> => here.objects.read(ref);

describe('the object of another process', () => {
  it('is read there and here', async () => {
    const [known] = await borrowFromPeer();
    expect(await read(known)).toBe('of the peer');
    const { args } = await here.objects.encodeArguments([[await here.objects.put('of this process')]]);
    peer.send({ args: Buffer.from(codec.encode(args)).toString('base64') });
    expect(decodeValue(await heard('read'))).toBe('of this process');
  });

  it('ends with its process when that is killed: who waits is told', async () => {
    const [known, pending] = await borrowFromPeer();
    const waiting = read(pending);
    peer.kill('SIGKILL');
    await expect(waiting).rejects.toThrow(OwnerDiedError);
    await expect(read(known)).rejects.toThrow('its process has ended');
  });

  it('is freed when the process that borrowed it is killed', async () => {
    await borrowFromPeer();
    let numFreed = 0;
    await (async () => {
      const ref = here.objects.createCounted(() => numFreed++);
      const encoded = await here.objects.encodeArguments([[await here.objects.put('lent'), ref]]);
      peer.send({ args: Buffer.from(codec.encode(encoded.args)).toString('base64') });
      expect(decodeValue(await heard('read'))).toBe('lent');
      encoded.release?.();
    })();
    await collectGarbage();
    expect(numFreed).toBe(0);
    peer.kill('SIGKILL');
    await untilPasses(async () => {
      await collectGarbage();
      expect(numFreed).toBe(1);
    });
  });
});
