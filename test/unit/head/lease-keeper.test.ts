import { CLUSTER_ROW, LeaseKeeper } from '../../../head/lease-keeper.js';
import { MemoryHeadStore } from '../../../head/store/memory-head-store.js';
import { Deferred, StoreUnavailableError, systemClock } from '../../../src/core/index.js';

const SECOND = 1_000;

describe('LeaseKeeper', () => {
  let store: MemoryHeadStore;
  let lost: string[];
  let numRegained: number;
  const acquire = async (holder = 'first'): Promise<LeaseKeeper | undefined> => {
    const keeper = await LeaseKeeper.acquire(store, holder);
    keeper?.listen({ onLost: (reason) => lost.push(reason), onRegained: () => numRegained++ });
    return keeper;
  };
  const record = Uint8Array.of(1);
  const markCluster = (epoch: number): Promise<void> =>
    store.commit(epoch, [{ kind: 'put', table: 'metadata', id: CLUSTER_ROW, record }]);

  beforeEach(() => {
    jest.useFakeTimers();
    store = new MemoryHeadStore(systemClock);
    lost = [];
    numRegained = 0;
  });

  afterEach(async () => {
    jest.useRealTimers();
    await store.close();
  });

  it('keeps the lease far beyond its time to live', async () => {
    const keeper = await acquire();
    await jest.advanceTimersByTimeAsync(60 * SECOND);
    expect(await acquire('second')).toBeUndefined();
    await keeper!.release('clear');
  });

  it('lets the next head in at once when it is released, with nothing left in the store', async () => {
    const keeper = await acquire();
    await store.commit(keeper!.epoch, [{ kind: 'put', table: 'nodes', id: 'n', record }]);
    await keeper!.release('clear');
    expect(await store.list('nodes')).toEqual([]);
    const next = await acquire('second');
    expect(next!.epoch).toBeGreaterThan(keeper!.epoch);
    await next!.release('clear');
    expect(lost).toEqual([]);
  });

  it('tells of a lost lease once, though several renewals learn of it, and leaves the store to its successor', async () => {
    const keeper = await acquire();
    // Of the same name: the next head on the same host.
    await store.acquireLease('first', SECOND);
    const answers: Deferred<boolean>[] = [];
    store.renewLease = () => {
      answers.push(new Deferred());
      return answers.at(-1)!.promise;
    };
    await jest.advanceTimersByTimeAsync(5 * SECOND);
    expect(answers).toHaveLength(2);
    for (const answer of answers) answer.resolve(false);
    await jest.advanceTimersByTimeAsync(60 * SECOND);
    expect(lost).toEqual(['another head has taken the lease of the store']);
    expect(answers).toHaveLength(2);
    const clear = jest.spyOn(store, 'clear');
    await keeper!.release('clear');
    expect(clear).not.toHaveBeenCalled();
  });

  it('holds on to a lease while the store is away', async () => {
    const keeper = await acquire();
    const renew = jest.spyOn(store, 'renewLease').mockRejectedValue(new StoreUnavailableError('away'));
    await jest.advanceTimersByTimeAsync(8 * SECOND);
    renew.mockRestore();
    await jest.advanceTimersByTimeAsync(20 * SECOND);
    expect(lost).toEqual([]);
    expect(await acquire('second')).toBeUndefined();
    await keeper!.release('clear');
  });

  it('leaves the records to the next head when a standby waits for them', async () => {
    const keeper = await acquire();
    await markCluster(keeper!.epoch);
    await keeper!.release('keep');
    expect(await store.list('metadata')).toHaveLength(1);
    expect(await acquire('second')).toBeDefined();
  });

  describe('when the store refuses its epoch', () => {
    it('takes the lease again of a store that has lost it', async () => {
      const keeper = await acquire();
      const before = store;
      store = new MemoryHeadStore(systemClock);
      jest.spyOn(before, 'renewLease').mockImplementation(store.renewLease.bind(store));
      jest.spyOn(before, 'reclaimLease').mockImplementation(store.reclaimLease.bind(store));
      await jest.advanceTimersByTimeAsync(3 * SECOND);
      expect([numRegained, lost]).toEqual([1, []]);
      expect(await acquire('second')).toBeUndefined();
      await expect(store.commit(keeper!.epoch, [])).resolves.toBeUndefined();
    });

    it('has it for good when the write that was refused was sent before it took it again', async () => {
      const keeper = await acquire();
      const { epoch } = keeper!;
      expect(await keeper!.regain(epoch)).toBe(true);
      expect(keeper!.epoch).toBeGreaterThan(epoch);
      expect(await keeper!.regain(epoch)).toBe(true);
      expect([numRegained, lost]).toEqual([1, []]);
    });

    it('is lost when another one took the lease, though nobody holds it at the moment', async () => {
      const keeper = await acquire();
      const successor = await store.acquireLease('first', 1);
      await store.releaseLease(successor!);
      expect(await keeper!.regain(keeper!.epoch)).toBe(false);
      expect(lost).toHaveLength(1);
    });
  });

  it('does not take an answer that comes after its release for a loss', async () => {
    const keeper = await acquire();
    const answer = new Deferred<boolean>();
    store.renewLease = () => answer.promise;
    await jest.advanceTimersByTimeAsync(2 * SECOND);
    await keeper!.release('clear');
    answer.resolve(false);
    await jest.advanceTimersByTimeAsync(SECOND);
    expect(lost).toEqual([]);
  });
});
