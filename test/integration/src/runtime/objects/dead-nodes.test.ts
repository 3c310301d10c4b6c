import { Deferred } from '../../../../../src/core/index.js';
import { entryOf, type ObjectRef } from '../../../../../src/runtime/objects/object-ref.js';
import { MemoryStores } from '../../../../support/memory-object-store.js';
import { untilPasses } from '../../../../support/until-passes.js';
import { WorkerObjects } from '../../../../support/worker-objects.js';

const large = (fill: number): Float64Array => new Float64Array(13_000).fill(fill);
const never = (): Promise<void> => new Deferred<void>().promise;

describe('when a node dies', () => {
  let stores: MemoryStores;
  let workers: WorkerObjects[];

  beforeEach(() => {
    stores = new MemoryStores();
    workers = [];
  });
  afterEach(() => Promise.all(workers.map((worker) => worker.close())));

  const start = async (nodeId: string): Promise<WorkerObjects> => {
    const worker = await WorkerObjects.start(stores, nodeId);
    workers.push(worker);
    return worker;
  };

  /** A result of `owner` that is made on the callee's node, and by the remaker when it is lost. */
  async function result(
    owner: WorkerObjects,
    callee: WorkerObjects,
    remaker: WorkerObjects,
  ): Promise<ObjectRef<unknown>> {
    const make = async (worker: WorkerObjects, fill: number): Promise<void> => {
      const made = await worker.objects.encodeResult(large(fill), { objectId: ref.id, ownerWorkerId: owner.workerId });
      void owner.objects.settle(ref, made.result);
    };
    const ref = owner.objects.createPendingOne({
      recover: () => {
        void make(remaker, 2);
        return undefined;
      },
      forget: () => undefined,
    });
    await make(callee, 1);
    return ref;
  }

  it('a result that lay there alone is made again before anybody asks for it', async () => {
    const [owner, callee, other] = [await start('n1'), await start('n2'), await start('n3')];
    const ref = await result(owner, callee, other);
    owner.onNodeDied('n2');
    await untilPasses(() => expect(stores.on('n3')).toEqual([ref.id]));
    expect(await owner.objects.read(ref)).toEqual(large(2));
  });

  it('whoever is just getting the object from there waits for it no more', async () => {
    const [owner, callee, other] = [await start('n1'), await start('n2'), await start('n3')];
    const ref = await result(owner, callee, other);
    const isOpening = new Deferred<void>();
    owner.store.beforeOpen = () => {
      isOpening.resolve();
      owner.store.beforeOpen = async () => undefined;
      return never();
    };
    const reading = owner.objects.read(ref);
    await isOpening.promise;
    owner.onNodeDied('n2');
    expect(await reading).toEqual(large(2));
  });

  it('a borrower asks the owner again, whichever of them hears of it first', async () => {
    const [owner, callee, other] = [await start('n1'), await start('n2'), await start('n3')];
    const ref = await result(owner, callee, other);
    const call = await owner.call(other, [[ref]]);
    const [borrowed] = call.args[0] as [ObjectRef<unknown>];
    other.store.beforeOpen = () => {
      other.store.beforeOpen = async () => undefined;
      other.onNodeDied('n2');
      return never();
    };
    expect(await other.objects.read(borrowed)).toEqual(large(2));
    owner.onNodeDied('n2');
    expect(await owner.objects.read(ref)).toEqual(large(2));
  });

  it('another copy is used, and the dead node is not asked to free its own', async () => {
    const [owner, other] = [await start('n1'), await start('n2')];
    const ref = await owner.objects.put(large(5));
    const call = await owner.call(other, [[ref]]);
    await other.objects.read((call.args[0] as [ObjectRef<unknown>])[0]);
    const first = stores.nodes.get('n1')!;
    await untilPasses(() => expect(entryOf(ref).state).toMatchObject({ stored: { locations: { length: 2 } } }));
    const freed: string[] = [];
    owner.store.free = async (locations) => void freed.push(...locations.map(({ nodeId }) => nodeId));
    owner.onNodeDied('n1');
    first.clear();
    expect(await owner.objects.read(ref)).toEqual(large(5));
    owner.objects.free([ref]);
    await untilPasses(() => expect(freed).toContain('n2'));
    expect(freed).not.toContain('n1');
  });

  it('a result that arrives from there afterwards is made again', async () => {
    const [owner, callee, other] = [await start('n1'), await start('n2'), await start('n3')];
    const earlier = await result(owner, callee, other);
    owner.onNodeDied('n2');
    const ref = await result(owner, callee, other);
    expect(await owner.objects.read(ref)).toEqual(large(2));
    expect(await owner.objects.read(earlier)).toEqual(large(2));
  });

  it('a value that was put there is lost', async () => {
    const owner = await start('n1');
    const ref = await owner.objects.put(large(1));
    owner.onNodeDied('n1');
    await expect((async () => owner.objects.read(ref))()).rejects.toMatchObject({
      code: 'RAY_OBJECT_LOST',
      message: expect.stringContaining('Node n1 died.'),
      details: { reason: 'put' },
    });
  });
});
