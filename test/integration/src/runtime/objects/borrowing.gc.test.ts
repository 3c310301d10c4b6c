import { setTimeout as sleep } from 'node:timers/promises';
import { Deferred, ObjectLostError, OwnerDiedError, TaskError } from '../../../../../src/core/index.js';
import type { OwnerMessage } from '../../../../../src/rpc/index.js';
import type { ObjectRef } from '../../../../../src/runtime/objects/object-ref.js';
import { openOwnerStream } from '../../../../../src/runtime/objects/open-owner-stream.js';
import type { OwnerStream } from '../../../../../src/runtime/objects/owner-line.js';
import { collectGarbage } from '../../../../support/collect-garbage.js';
import { MemoryStores } from '../../../../support/memory-object-store.js';
import { untilPasses } from '../../../../support/until-passes.js';
import { credentials, WorkerObjects } from '../../../../support/worker-objects.js';

/** Elements of an array of 101 KiB. */
const LARGE = 13_000;

let stores: MemoryStores;
let workers: WorkerObjects[];

const start = async (nodeId: string, graceMs?: number): Promise<WorkerObjects> => {
  const worker = await WorkerObjects.start(stores, nodeId, graceMs);
  workers.push(worker);
  return worker;
};

const large = (fill: number): Float64Array => new Float64Array(LARGE).fill(fill);
const read = async (worker: WorkerObjects, ref: unknown): Promise<unknown> =>
  worker.objects.read(ref as ObjectRef<unknown>);
const isEmpty = (worker: WorkerObjects): boolean => worker.objects.numCounted === 0;
const untilAllFreed = (...those: WorkerObjects[]): Promise<void> =>
  untilPasses(async () => {
    await collectGarbage();
    expect(those.map(({ objects }) => objects.numCounted)).toEqual(those.map(() => 0));
  });

beforeEach(() => {
  stores = new MemoryStores();
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
});

describe('a ref inside an argument', () => {
  it('gives the callee the value, small or large, and the owner frees it when both have let go', async () => {
    const [owner, callee] = [await start('n1'), await start('n2')];
    await (async () => {
      const refs = [await owner.objects.put('small'), await owner.objects.put(large(7))];
      const call = await owner.call(callee, [{ refs }]);
      const [{ refs: arrived }] = call.args as [{ refs: ObjectRef<unknown>[] }];
      expect(await read(callee, arrived[0])).toBe('small');
      expect(await read(callee, arrived[1])).toEqual(large(7));
      await call.answer('done');
      expect(await read(owner, call.ref)).toBe('done');
    })();
    await untilAllFreed(owner, callee);
    await untilPasses(() => expect([stores.on('n1'), stores.on('n2')]).toEqual([[], []]));
  });

  it('lives on at the callee when the caller has dropped it', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const kept = await (async () => {
      const call = await owner.call(callee, [[await owner.objects.put(large(1))]]);
      await call.answer(undefined);
      return (call.args as [[ObjectRef<unknown>]])[0][0];
    })();
    await collectGarbage();
    await collectGarbage();
    expect(await read(callee, kept)).toEqual(large(1));
    expect(stores.on('n1')).toHaveLength(1);
  });

  it('is kept by the caller until the borrow counts, although callee and caller drop it at once', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    await (async () => {
      const encoded = await owner.objects.encodeArguments([[await owner.objects.put(large(1))]]);
      const decoded = await callee.objects.decodeArguments(encoded.args, encoded.storedArgs);
      expect(decoded.borrowed).toBeInstanceOf(Promise);
      (decoded.args as unknown[]).length = 0; // dropped before it is acknowledged
      await collectGarbage();
      expect(stores.on('n1')).toHaveLength(1);
      await decoded.borrowed;
      encoded.release?.();
    })();
    await untilAllFreed(owner, callee);
    await untilPasses(() => expect(stores.on('n1')).toEqual([]));
  });

  it('is the same object again for its own owner', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    await (async () => {
      const ref = await owner.objects.put('mine');
      const call = await owner.call(callee, [[ref]]);
      await call.answer(call.args[0]);
      const [back] = (await read(owner, call.ref)) as ObjectRef<unknown>[];
      expect(back!.equals(ref)).toBe(true);
      expect(await read(owner, back)).toBe('mine');
    })();
    await untilAllFreed(owner, callee);
  });

  it('goes on from borrower to borrower, and outlives the one in the middle', async () => {
    const [owner, middle, last] = [await start('n1', 200), await start('n1'), await start('n1')];
    const kept = await (async () => {
      const first = await owner.call(middle, [[await owner.objects.put('passed on')]]);
      const second = await middle.call(last, first.args);
      await second.answer(undefined);
      await first.answer(undefined);
      return (second.args as [[ObjectRef<unknown>]])[0][0];
    })();
    middle.kill();
    await middle.close();
    await untilPasses(async () => {
      await collectGarbage();
      expect(owner.objects.numCounted).toBe(1);
    });
    expect(await read(last, kept)).toBe('passed on');
  });

  it('is counted once in a value that holds it twice', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    await (async () => {
      const ref = await owner.objects.put(large(3));
      const call = await owner.call(callee, [[ref, ref], ref]);
      expect(call.args[1]).toEqual(large(3));
      await call.answer(call.args[0]);
    })();
    await untilAllFreed(owner, callee);
  });
});

describe('a ref inside of another object', () => {
  it('is kept by the object that holds it, also for a borrower of that', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const kept = await (async () => {
      const outer = await owner.objects.put({ inner: await owner.objects.put(large(5)) });
      const call = await owner.call(callee, [[outer]]);
      await call.answer(undefined);
      return (call.args as [[ObjectRef<unknown>]])[0][0];
    })();
    await collectGarbage();
    const { inner } = (await read(callee, kept)) as { inner: ObjectRef<unknown> };
    expect(await read(callee, inner)).toEqual(large(5));
  });

  it('comes with a result, and belongs to the callee that put it', async () => {
    const [caller, callee] = [await start('n1'), await start('n2')];
    await (async () => {
      const call = await caller.call(callee, []);
      await (async () => call.answer([await callee.objects.put(large(9))]))();
      await collectGarbage();
      const [inner] = (await read(caller, call.ref)) as ObjectRef<unknown>[];
      expect(await read(caller, inner)).toEqual(large(9));
      expect(stores.on('n1')).toEqual([inner!.id]);
    })();
    await untilAllFreed(caller, callee);
    await untilPasses(() => expect([stores.on('n1'), stores.on('n2')]).toEqual([[], []]));
  });
});

describe('a ref as an argument', () => {
  it('arrives as its value: small ones in the message, large ones by the store', async () => {
    const [owner, callee] = [await start('n1'), await start('n2')];
    const refs = [await owner.objects.put('small'), await owner.objects.put(large(2))];
    const call = await owner.call(callee, [refs[0], 1, refs[1], refs[1]]);
    expect(call.args).toEqual(['small', 1, large(2), large(2)]);
    // The owner knows of the copy on the callee's node, and has it freed with its own.
    await call.answer(undefined);
    await untilPasses(() => expect(stores.on('n2')).toHaveLength(1));
    owner.objects.free(refs);
    await untilPasses(() => expect([stores.on('n1'), stores.on('n2')]).toEqual([[], []]));
  });

  it('is waited for, with the other arguments as they were when the call was made', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const pending = owner.objects.createPendingOne();
    const list = [1];
    const calling = owner.call(callee, [pending, list, large(4)]);
    list.push(2);
    const { result } = await owner.objects.encodeResult('late', {
      objectId: pending.id,
      ownerWorkerId: owner.workerId,
    });
    void owner.objects.settle(pending, result);
    expect((await calling).args).toEqual(['late', [1], large(4)]);
  });

  it('fails the call when it failed, with its error as the cause', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const failed = owner.objects.createPendingOne();
    const error = new TaskError('upstream');
    void owner.objects.settle(failed, { error });
    const calling = owner.call(callee, [1, failed]);
    await expect(calling).rejects.toThrow(/Argument 1 .* did not run: upstream/);
    await expect(calling).rejects.toMatchObject({
      code: 'RAY_TASK_ERROR',
      cause: error,
      details: { mayHaveRun: false },
    });
  });

  it('of a borrower is resolved by the borrower', async () => {
    const [owner, middle, last] = [await start('n1'), await start('n1'), await start('n2')];
    const first = await owner.call(middle, [[await owner.objects.put('a'), await owner.objects.put(large(6))]]);
    const second = await middle.call(last, first.args[0] as unknown[]);
    expect(second.args).toEqual(['a', large(6)]);
  });
});

describe('when the owner of a ref is gone', () => {
  const borrowedBy = async (owner: WorkerObjects, callee: WorkerObjects, ref: unknown): Promise<ObjectRef<unknown>> => {
    const call = await owner.call(callee, [[ref]]);
    await call.answer(undefined);
    return (call.args as [[ObjectRef<unknown>]])[0][0];
  };

  it('tells who waits at once when its process has ended', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const borrowed = await borrowedBy(owner, callee, owner.objects.createPendingOne());
    const waiting = read(callee, borrowed);
    owner.kill();
    await expect(waiting).rejects.toThrow(OwnerDiedError);
    await expect(waiting).rejects.toMatchObject({ details: { objectId: borrowed.id, ownerWorkerId: owner.workerId } });
    await expect(read(callee, borrowed)).rejects.toThrow('its process has ended');
  });

  it('tells who waits when it shuts down', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const waiting = read(callee, await borrowedBy(owner, callee, owner.objects.createPendingOne()));
    const outcome = expect(waiting).rejects.toThrow(OwnerDiedError);
    await owner.close();
    await outcome;
  });

  it('keeps what was read before', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const borrowed = await borrowedBy(owner, callee, await owner.objects.put('known'));
    expect(await read(callee, borrowed)).toBe('known');
    owner.kill();
    expect(await read(callee, borrowed)).toBe('known');
  });

  it('waits for one that is only cut off, and asks again', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const pending = owner.objects.createPendingOne();
    const borrowed = await borrowedBy(owner, callee, pending);
    const waiting = read(callee, borrowed);
    owner.kill();
    await owner.listen(); // before the borrower looks
    const { result } = await owner.objects.encodeResult('after all', {
      objectId: pending.id,
      ownerWorkerId: owner.workerId,
    });
    void owner.objects.settle(pending, result);
    expect(await waiting).toBe('after all');
  });
});

describe('when a borrower is gone', () => {
  const borrow = async (owner: WorkerObjects, borrowed: string[], workerId = 'b'): Promise<OwnerStream> => {
    const link = openOwnerStream(credentials, owner.owner);
    const answered = new Promise<OwnerMessage>((resolve) => link.stream.receive(resolve));
    void link.stream.send({ handshake: { workerId, ownerWorkerId: owner.workerId }, borrowed });
    expect((await answered).borrowed).toEqual(borrowed);
    return link;
  };
  const put = async (owner: WorkerObjects): Promise<string> => (await owner.objects.put(large(1))).id;

  it('drops its borrows after the grace, and not before', async () => {
    const owner = await start('n1', 300);
    const link = await borrow(owner, [await put(owner)]);
    await collectGarbage();
    expect(stores.on('n1')).toHaveLength(1);
    link.stream.close(new Error('killed'));
    link.close();
    await untilAllFreed(owner);
    await untilPasses(() => expect(stores.on('n1')).toEqual([]));
  });

  it('keeps what it has again when it comes back, and drops what it has not', async () => {
    const owner = await start('n1', 300);
    const ids = [await put(owner), await put(owner)];
    const before = await borrow(owner, ids);
    before.stream.close(new Error('cut off'));
    const after = await borrow(owner, [ids[0]!]);
    await untilPasses(async () => {
      await collectGarbage();
      expect(stores.on('n1')).toEqual([ids[0]]);
    });
    await sleep(400);
    expect(stores.on('n1')).toEqual([ids[0]]);
    for (const link of [before, after]) link.close();
    after.stream.close();
  });

  it('is told that another process has the address', async () => {
    const owner = await start('n1');
    const link = openOwnerStream(credentials, owner.owner);
    const end = new Promise((resolve) => link.stream.onEnd(resolve));
    void link.stream.send({ handshake: { workerId: 'b', ownerWorkerId: 'somebody else' } });
    expect(await end).toBeInstanceOf(OwnerDiedError);
    link.close();
  });
});

describe('a freed object', () => {
  it('is an error for every process, and its copies are gone', async () => {
    const [owner, callee] = [await start('n1'), await start('n2')];
    const ref = await owner.objects.put(large(1));
    const call = await owner.call(callee, [[ref]]);
    await call.answer(undefined);
    const [borrowed] = call.args[0] as [ObjectRef<unknown>];
    owner.objects.free([ref]);
    await expect(read(owner, ref)).rejects.toMatchObject({ code: 'RAY_OBJECT_LOST', details: { reason: 'freed' } });
    await expect(read(callee, borrowed)).rejects.toThrow(ObjectLostError);
    await untilPasses(() => expect(stores.on('n1')).toEqual([]));
    expect(() => callee.objects.free([borrowed])).toThrow(`by the process that made the ref, worker ${owner.workerId}`);
  });

  it('is an error for who was about to open it', async () => {
    const [owner, callee] = [await start('n1'), await start('n2')];
    const ref = await owner.objects.put(large(1));
    const call = await owner.call(callee, [[ref]]);
    await call.answer(undefined);
    const opening = new Deferred<void>();
    const freed = new Deferred<void>();
    callee.store.beforeOpen = () => {
      opening.resolve();
      return freed.promise;
    };
    const reading = read(callee, (call.args[0] as unknown[])[0]);
    await opening.promise;
    owner.objects.free([ref]);
    await untilPasses(() => expect(stores.on('n1')).toEqual([]));
    freed.resolve();
    await expect(reading).rejects.toMatchObject({ details: { reason: 'freed' } });
  });

  it('is dropped when its call ends after it', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    const call = await owner.call(callee, []);
    owner.objects.free([call.ref]);
    await call.answer(large(1));
    await untilPasses(() => expect(stores.on('n1')).toEqual([]));
    await expect(read(owner, call.ref)).rejects.toThrow('was freed');
  });
});

describe('an object whose copies are gone', () => {
  it('is read from another copy that the owner knows', async () => {
    const [owner, first, second] = [await start('n1'), await start('n2'), await start('n3')];
    const ref = await owner.objects.put(large(8));
    for (const worker of [first, second]) {
      const call = await owner.call(worker, [[ref]]);
      await call.answer(undefined);
      if (worker === first) await read(worker, (call.args[0] as unknown[])[0]);
      else {
        stores.nodes.get('n1')!.clear();
        expect(await read(worker, (call.args[0] as unknown[])[0])).toEqual(large(8));
      }
    }
    expect(await read(owner, ref)).toEqual(large(8));
  });

  it('is lost when it was put', async () => {
    const [owner, callee] = [await start('n1'), await start('n2')];
    const ref = await owner.objects.put(large(8));
    const call = await owner.call(callee, [[ref]]);
    stores.nodes.get('n1')!.clear();
    const borrowed = (call.args[0] as unknown[])[0];
    await expect(read(callee, borrowed)).rejects.toMatchObject({ details: { reason: 'put' } });
    await expect(read(owner, ref)).rejects.toMatchObject({ details: { reason: 'put' } });
  });

  it('is made again by its call, for who waits here and elsewhere', async () => {
    const [owner, callee, other] = [await start('n1'), await start('n2'), await start('n3')];
    const recovered: string[] = [];
    const forgotten: string[] = [];
    const target = { objectId: '' as never, ownerWorkerId: owner.workerId };
    const run = async (): Promise<void> => {
      const { result } = await callee.objects.encodeResult(large(1), target);
      void owner.objects.settle(target.objectId, result);
    };
    const ref = owner.objects.createPendingOne({
      recover: (objectId) => {
        recovered.push(objectId);
        void run();
        return undefined;
      },
      forget: (objectId) => forgotten.push(objectId),
    });
    target.objectId = ref.id as never;
    const { result } = await callee.objects.encodeResult(large(1), target);
    void owner.objects.settle(ref, result);
    stores.nodes.get('n2')!.clear();
    const call = await owner.call(other, [[ref]]);
    const [borrowed] = call.args[0] as unknown[];
    expect(await Promise.all([read(owner, ref), read(other, borrowed)])).toEqual([large(1), large(1)]);
    expect(recovered).toEqual([ref.id]);
    expect(forgotten).toEqual([]);
    owner.objects.free([ref]);
    expect(forgotten).toEqual([ref.id]);
  });

  it('has the error of who can not make it again', async () => {
    const owner = await start('n1');
    const error = new ObjectLostError('no retries left');
    const ref = owner.objects.createPendingOne({ recover: () => error, forget: () => undefined });
    const target = { objectId: ref.id, ownerWorkerId: owner.workerId };
    void owner.objects.settle(ref, (await owner.objects.encodeResult(large(1), target)).result);
    owner.onNodeDied('n1');
    await expect(read(owner, ref)).rejects.toBe(error);
  });
});

describe('a counted ref', () => {
  it('tells once when no process has it any more', async () => {
    const [owner, callee] = [await start('n1'), await start('n1')];
    let numTold = 0;
    let kept: unknown = await (async () => {
      const ref = owner.objects.createCounted(() => numTold++);
      const call = await owner.call(callee, [[ref]]);
      await call.answer(undefined);
      return call.args;
    })();
    await collectGarbage();
    expect([numTold, kept !== undefined]).toEqual([0, true]);
    kept = undefined;
    await untilAllFreed(owner, callee);
    expect(numTold).toBe(1);
    expect(isEmpty(owner)).toBe(true);
  });
});
