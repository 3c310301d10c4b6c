import { KeyValueTable, MAX_VALUE_BYTES } from '../../../../head/kv/key-value-table.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { InvalidArgumentError } from '../../../../src/core/index.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("the cluster's table of keys", () => {
  let store: MemoryHeadStore;
  let table: KeyValueTable;
  beforeEach(async () => {
    store = new MemoryHeadStore();
    table = new KeyValueTable(new StateJournal(store, (await store.acquireLease('test', 60_000))!));
  });

  it('has put into the store what it acknowledges, and lets it go', async () => {
    expect(await table.put('ns', 'k', bytes(1), false)).toBe(true);
    expect((await store.list('kv')).map(({ record }) => record)).toEqual([bytes(1)]);
    expect(table.get('ns', 'k')).toEqual(bytes(1));
    await table.delete('ns', 'k');
    await table.delete('ns', 'k');
    expect(await store.list('kv')).toEqual([]);
    expect(table.get('ns', 'k')).toBeUndefined();
  });

  it('gives a key to the first who wants it, also when they ask at once', async () => {
    const stored = await Promise.all([1, 2, 3].map((value) => table.put('', 'leader', bytes(value), false)));
    expect(stored).toEqual([true, false, false]);
    expect(table.get('', 'leader')).toEqual(bytes(1));
    expect(await table.put('', 'leader', bytes(1), false)).toBe(true);
    expect(await table.put('', 'leader', bytes(2), true)).toBe(true);
    expect(table.get('', 'leader')).toEqual(bytes(2));
  });

  it('keeps namespaces apart, whatever characters they have', async () => {
    await table.put('a/b', 'c', bytes(1), true);
    await table.put('a', 'b/c', bytes(2), true);
    await table.put('a', 'b/d', bytes(3), true);
    expect(table.get('a/b', 'c')).toEqual(bytes(1));
    expect(table.keys('a', 'b/')).toEqual(['b/c', 'b/d']);
    expect(table.keys('a/b', '')).toEqual(['c']);
  });

  it('refuses an empty key, a long one and a large value', async () => {
    await expect(table.put('ns', '', bytes(1), true)).rejects.toThrow(InvalidArgumentError);
    await expect(table.put('ns', 'k'.repeat(2_000), bytes(1), true)).rejects.toThrow(InvalidArgumentError);
    await expect(table.put('ns', 'k', new Uint8Array(MAX_VALUE_BYTES + 1), true)).rejects.toThrow(/object store/);
  });
});
