import { setTimeout as delay } from 'node:timers/promises';
import type { HeadStore, Lease, StoreMutation } from '../../../../head/store/head-store.js';
import { storeTables } from '../../../../head/store/head-store.js';
import { IllegalStateError, InvalidArgumentError, StaleEpochError } from '../../../../src/core/errors/index.js';

/** One place where data lives; every `open` is another store object on the same data. */
export interface StoreBackend {
  open(): Promise<HeadStore>;
  dispose(): Promise<void>;
}

export interface ContractOptions {
  createBackend(): Promise<StoreBackend>;
  /** Whether closing and opening again finds the data. */
  readonly durability: 'durable' | 'volatile';
}

const LONG_MS = 60_000;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const put = (id: string, ...values: number[]): StoreMutation => ({
  kind: 'put',
  table: 'actors',
  id,
  record: bytes(...values),
});
const remove = (id: string): StoreMutation => ({ kind: 'delete', table: 'actors', id });

/** What every HeadStore promises; each implementation's test file runs it on itself. */
export function describeHeadStoreContract(name: string, options: ContractOptions): void {
  describe(`${name} keeps the HeadStore contract`, () => {
    let backend: StoreBackend;
    let store: HeadStore;

    beforeEach(async () => {
      backend = await options.createBackend();
      store = await backend.open();
    });
    afterEach(async () => {
      await store.close();
      await backend.dispose();
    });

    describe('leases', () => leaseContract(() => ({ store, backend })));
    describe('commits', () => commitContract(() => ({ store, backend })));
    describe('closing', () => closingContract(() => ({ store, backend })));
    if (options.durability === 'durable')
      describe('opening again', () => durabilityContract(() => ({ store, backend })));
  });
}

type Subject = () => { readonly store: HeadStore; readonly backend: StoreBackend };

function leaseContract(subject: Subject): void {
  it('goes to one of two holders that race for it', async () => {
    const { store, backend } = subject();
    const rival = await backend.open();
    const leases = await Promise.all([store.acquireLease('a', LONG_MS), rival.acquireLease('b', LONG_MS)]);
    expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
    await rival.close();
  });

  it('has a greater epoch with every acquisition', async () => {
    const { store } = subject();
    const first = await acquire(store, 'a');
    await store.releaseLease(first);
    const second = await acquire(store, 'b');
    expect(second.epoch).toBeGreaterThan(first.epoch);
  });

  it('is given again to its own holder, whose earlier epoch is then stale', async () => {
    const { store } = subject();
    const first = await acquire(store, 'a');
    const second = await acquire(store, 'a');
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await expect(store.commit(first.epoch, [put('x', 1)])).rejects.toBeInstanceOf(StaleEpochError);
  });

  it('can be taken after it expired, and the old holder is refused', async () => {
    const { store } = subject();
    const old = await acquire(store, 'a', 1);
    const taken = await eventually(() => store.acquireLease('b', LONG_MS));
    expect(await store.renewLease(old, LONG_MS)).toBe(false);
    await expect(store.commit(old.epoch, [put('x', 1)])).rejects.toBeInstanceOf(StaleEpochError);
    expect(await store.list('actors')).toEqual([]);
    await store.commit(taken.epoch, [put('x', 2)]);
  });

  it('lasts for its renewed time', async () => {
    const { store } = subject();
    const lease = await acquire(store, 'a', 1);
    expect(await store.renewLease(lease, LONG_MS)).toBe(true);
    expect(await store.acquireLease('b', LONG_MS)).toBeUndefined();
  });

  it('still commits after it expired when nobody took it', async () => {
    const { store } = subject();
    const lease = await acquire(store, 'a', 1);
    await sleepBriefly();
    await store.commit(lease.epoch, [put('x', 7)]);
    expect(await store.get('actors', 'x')).toEqual(Buffer.from([7]));
  });

  it('can write and renew nothing after its release', async () => {
    const { store } = subject();
    const lease = await acquire(store, 'a');
    await store.releaseLease(lease);
    expect(await store.renewLease(lease, LONG_MS)).toBe(false);
    await expect(store.commit(lease.epoch, [put('x', 1)])).rejects.toBeInstanceOf(StaleEpochError);
  });

  it('is not given up by the release of a stale one', async () => {
    const { store } = subject();
    const stale = await acquire(store, 'a');
    await acquire(store, 'a');
    await store.releaseLease(stale);
    expect(await store.acquireLease('b', LONG_MS)).toBeUndefined();
  });

  it('is given back to who held it before, under a greater epoch, unless another one took it since', async () => {
    const { store } = subject();
    const old = await acquire(store, 'a');
    const reclaimed = await store.reclaimLease(old, 'a', LONG_MS);
    expect(reclaimed!.epoch).toBeGreaterThan(old.epoch);
    await expect(store.commit(old.epoch, [put('x', 1)])).rejects.toBeInstanceOf(StaleEpochError);
    await store.commit(reclaimed!.epoch, [put('x', 2)]);
    expect(await store.acquireLease('b', LONG_MS)).toBeUndefined();
    await store.releaseLease(reclaimed!);
    await acquire(store, 'b');
    expect(await store.reclaimLease(reclaimed!, 'a', LONG_MS)).toBeUndefined();
  });

  it('refuses a holder without a name and a time that is not positive', async () => {
    const { store } = subject();
    await expect(store.acquireLease('', LONG_MS)).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(store.acquireLease('a', 0)).rejects.toBeInstanceOf(InvalidArgumentError);
    const lease = await acquire(store, 'a');
    await expect(store.renewLease(lease, Number.NaN)).rejects.toBeInstanceOf(InvalidArgumentError);
  });
}

function commitContract(subject: Subject): void {
  it('put, replace and delete rows, in the order of the batch', async () => {
    const { store } = subject();
    const { epoch } = await acquire(store, 'a');
    await store.commit(epoch, [put('x', 1), put('y', 2), put('x', 3), put('z', 4), remove('z'), remove('missing')]);
    expect(sorted(await store.list('actors'))).toEqual([
      { id: 'x', record: Buffer.from([3]) },
      { id: 'y', record: Buffer.from([2]) },
    ]);
  });

  it('take effect in the order of the calls when nobody awaits between', async () => {
    const { store } = subject();
    const { epoch } = await acquire(store, 'a');
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.commit(epoch, [put('x', i)])));
    expect(await store.get('actors', 'x')).toEqual(Buffer.from([199]));
  });

  it('keep tables apart', async () => {
    const { store } = subject();
    const { epoch } = await acquire(store, 'a');
    await store.commit(
      epoch,
      storeTables.map((table, i) => ({ kind: 'put', table, id: 'same', record: bytes(i) })),
    );
    for (const [i, table] of storeTables.entries()) expect(await store.get(table, 'same')).toEqual(Buffer.from([i]));
  });

  it('carry any bytes in records and any text in ids', async () => {
    const { store } = subject();
    const { epoch } = await acquire(store, 'a');
    const record = Uint8Array.from({ length: 100_000 }, (_, i) => i % 256);
    const ids = ['é/ü: {0}\n', '__proto__', 'a'.repeat(1024), '123'];
    await store.commit(
      epoch,
      ids.map((id) => ({ kind: 'put', table: 'metadata', id, record })),
    );
    for (const id of ids) expect(Buffer.compare((await store.get('metadata', id)) as Uint8Array, record)).toBe(0);
    expect((await store.list('metadata')).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  it('keep an empty record apart from a missing one', async () => {
    const { store } = subject();
    const { epoch } = await acquire(store, 'a');
    await store.commit(epoch, [put('empty')]);
    expect(await store.get('actors', 'empty')).toEqual(Buffer.alloc(0));
    expect(await store.get('actors', 'missing')).toBeUndefined();
  });

  it('copy the records, so that the caller may reuse its buffer', async () => {
    const { store } = subject();
    const { epoch } = await acquire(store, 'a');
    const record = bytes(1);
    const committed = store.commit(epoch, [{ kind: 'put', table: 'actors', id: 'x', record }]);
    record[0] = 2;
    await committed;
    expect(await store.get('actors', 'x')).toEqual(Buffer.from([1]));
  });

  it('write nothing of a batch under a stale epoch', async () => {
    const { store, backend } = subject();
    const { epoch } = await acquire(store, 'a');
    await store.commit(epoch, [put('x', 1)]);
    const successor = await backend.open();
    const next = await acquire(successor, 'a');
    await expect(store.commit(epoch, [put('x', 2), put('y', 2), remove('x')])).rejects.toBeInstanceOf(StaleEpochError);
    await expect(store.clear(epoch)).rejects.toBeInstanceOf(StaleEpochError);
    expect(await successor.list('actors')).toEqual([{ id: 'x', record: Buffer.from([1]) }]);
    await successor.commit(next.epoch, [remove('x')]);
    await successor.close();
  });

  it('write nothing of a batch with a bad id', async () => {
    const { store } = subject();
    const { epoch } = await acquire(store, 'a');
    for (const id of ['', 'a'.repeat(1025)]) {
      await expect(store.commit(epoch, [put('x', 1), put(id, 1)])).rejects.toBeInstanceOf(InvalidArgumentError);
    }
    expect(await store.list('actors')).toEqual([]);
  });

  it('are seen whole or not at all by another store', async () => {
    const { store, backend } = subject();
    const { epoch } = await acquire(store, 'a');
    const reader = await backend.open();
    const ids = Array.from({ length: 50 }, (_, i) => `row-${i}`);
    const commits = [1, 2, 3, 4, 5].map((value) =>
      store.commit(
        epoch,
        ids.map((id) => put(id, value)),
      ),
    );
    const views = await Promise.all(commits.map(() => reader.list('actors')));
    for (const rows of views) expect(new Set(rows.map(({ record }) => record[0])).size).toBeLessThanOrEqual(1);
    await Promise.all(commits);
    expect(await reader.list('actors')).toHaveLength(50);
    await reader.close();
  });

  it('are all deleted by clear, which keeps the lease', async () => {
    const { store } = subject();
    const lease = await acquire(store, 'a');
    await store.commit(lease.epoch, [put('x', 1), { kind: 'put', table: 'jobs', id: 'j', record: bytes(1) }]);
    await store.clear(lease.epoch);
    expect([...(await store.list('actors')), ...(await store.list('jobs'))]).toEqual([]);
    expect(await store.renewLease(lease, LONG_MS)).toBe(true);
  });
}

function closingContract(subject: Subject): void {
  it('is idempotent, and refuses every later call', async () => {
    const { store } = subject();
    const lease = await acquire(store, 'a');
    await store.close();
    await store.close();
    await expect(store.get('actors', 'x')).rejects.toBeInstanceOf(IllegalStateError);
    await expect(store.commit(lease.epoch, [put('x', 1)])).rejects.toBeInstanceOf(IllegalStateError);
  });
}

function durabilityContract(subject: Subject): void {
  it('finds the rows', async () => {
    const { store, backend } = subject();
    const { epoch } = await acquire(store, 'a');
    await store.commit(epoch, [put('x', 1, 2, 3)]);
    await store.close();
    const reopened = await backend.open();
    expect(await reopened.list('actors')).toEqual([{ id: 'x', record: Buffer.from([1, 2, 3]) }]);
    await reopened.close();
  });

  it('finds the lease, which another holder has to wait for', async () => {
    const { store, backend } = subject();
    const lease = await acquire(store, 'a');
    await store.close();
    const reopened = await backend.open();
    expect(await reopened.acquireLease('b', LONG_MS)).toBeUndefined();
    expect((await acquire(reopened, 'a')).epoch).toBeGreaterThan(lease.epoch);
    await reopened.close();
  });
}

async function acquire(store: HeadStore, holder: string, ttlMs = LONG_MS): Promise<Lease> {
  const lease = await store.acquireLease(holder, ttlMs);
  if (lease === undefined) throw new Error(`${holder} did not get the lease`);
  return lease;
}

/** Tries until there is a result; the test's own time limit ends a wait in vain. */
async function eventually<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const result = await attempt();
    if (result !== undefined) return result;
    await sleepBriefly();
  }
}

const sleepBriefly = (): Promise<void> => delay(10).then(() => undefined);
const sorted = <T extends { readonly id: string }>(rows: readonly T[]): T[] =>
  [...rows].sort((left, right) => (left.id < right.id ? -1 : 1));
