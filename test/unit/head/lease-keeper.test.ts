import { LeaseKeeper } from '../../../head/lease-keeper.js';
import { MemoryHeadStore } from '../../../head/store/memory-head-store.js';
import { Deferred, StoreUnavailableError, systemClock } from '../../../src/core/index.js';

const SECOND = 1_000;

describe('LeaseKeeper', () => {
  let store: MemoryHeadStore;
  let lost: string[];
  const acquire = (holder = 'first'): Promise<LeaseKeeper | undefined> =>
    LeaseKeeper.acquire(store, holder, (reason) => lost.push(reason));

  beforeEach(() => {
    jest.useFakeTimers();
    store = new MemoryHeadStore(systemClock);
    lost = [];
  });

  afterEach(async () => {
    jest.useRealTimers();
    await store.close();
  });

  it('keeps the lease far beyond its time to live', async () => {
    const keeper = await acquire();
    await jest.advanceTimersByTimeAsync(60 * SECOND);
    expect(await acquire('second')).toBeUndefined();
    await keeper!.clearAndRelease();
  });

  it('lets the next head in at once when it is released, with nothing left in the store', async () => {
    const keeper = await acquire();
    const record = Uint8Array.of(1);
    await store.commit(keeper!.lease.epoch, [{ kind: 'put', table: 'nodes', id: 'n', record }]);
    await keeper!.clearAndRelease();
    expect(await store.list('nodes')).toEqual([]);
    const next = await acquire('second');
    expect(next!.lease.epoch).toBeGreaterThan(keeper!.lease.epoch);
    await next!.clearAndRelease();
    expect(lost).toEqual([]);
  });

  it('tells of a lost lease once, though several renewals learn of it, and leaves the store to its successor', async () => {
    const keeper = await acquire();
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
    await keeper!.clearAndRelease();
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
    await keeper!.clearAndRelease();
  });

  it('does not take an answer that comes after its release for a loss', async () => {
    const keeper = await acquire();
    const answer = new Deferred<boolean>();
    store.renewLease = () => answer.promise;
    await jest.advanceTimersByTimeAsync(2 * SECOND);
    await keeper!.clearAndRelease();
    answer.resolve(false);
    await jest.advanceTimersByTimeAsync(SECOND);
    expect(lost).toEqual([]);
  });
});
