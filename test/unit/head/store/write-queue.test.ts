import type { StoreMutation } from '../../../../head/store/head-store.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { type WriteLease, WriteQueue } from '../../../../head/store/write-queue.js';
import { Deferred, StaleEpochError, StoreUnavailableError } from '../../../../src/core/index.js';

const put = (id: string, value: number): StoreMutation => ({
  kind: 'put',
  table: 'metadata',
  id,
  record: Uint8Array.of(value),
});

describe('WriteQueue', () => {
  let store: MemoryHeadStore;
  let commits: string[];
  let gate: Deferred<void> | undefined;
  let failure: Error | undefined;
  let queue: WriteQueue;
  let lease: WriteLease;

  beforeEach(async () => {
    store = new MemoryHeadStore();
    commits = [];
    gate = undefined;
    failure = undefined;
    const commit = store.commit.bind(store);
    store.commit = async (epoch, mutations) => {
      await gate?.promise;
      if (failure) throw failure;
      commits.push(mutations.map(({ id }) => id).join(' '));
      await commit(epoch, mutations);
    };
    lease = (await store.acquireLease('test', 60_000))!;
    queue = new WriteQueue(store, lease, async () => []);
  });

  const write = (id: string, value = 1) => queue.write('metadata', id, () => put(id, value));
  const turn = () => new Promise(setImmediate);

  it('writes what changes in one turn as one commit, in the order of the changes', async () => {
    await Promise.all([write('a'), write('b'), write('c')]);
    expect(commits).toEqual(['a b c']);
  });

  it('collects what changes while a commit is on its way, and writes a row once that changed twice', async () => {
    gate = new Deferred();
    const first = write('a');
    await turn();
    const rest = [write('b', 1), write('c'), write('b', 2)];
    gate.resolve();
    await Promise.all([first, ...rest]);
    expect(commits).toEqual(['a', 'b c']);
    expect(await store.get('metadata', 'b')).toEqual(Uint8Array.of(2));
  });

  it('tells when a row is written, on its way or waiting, and at once when it is', async () => {
    gate = new Deferred();
    void write('a');
    await turn();
    void write('b');
    const seen: string[] = [];
    for (const id of ['a', 'b', 'never']) void queue.whenWritten('metadata', id).then(() => seen.push(id));
    await turn();
    expect(seen).toEqual(['never']);
    gate.resolve();
    await turn();
    expect(seen).toEqual(['never', 'a', 'b']);
  });

  it('refuses everything once another head has the store', async () => {
    await store.acquireLease('test', 60_000);
    gate = new Deferred();
    const writes = [write('a')];
    await turn();
    writes.push(write('b'));
    gate.resolve();
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(write('c')).rejects.toBeInstanceOf(StaleEpochError);
    expect(await store.list('metadata')).toEqual([]);
  });

  describe('under a lease that had to be regained', () => {
    let everything: StoreMutation[];
    beforeEach(async () => {
      const next = await store.acquireLease('test', 60_000);
      let { epoch } = lease;
      everything = [];
      const regaining: WriteLease = {
        get epoch() {
          return epoch;
        },
        regain: async () => {
          epoch = next!.epoch;
          return true;
        },
      };
      queue = new WriteQueue(store, regaining, async () => everything);
    });

    it('writes everything again, in batches, before it writes and acknowledges what is new', async () => {
      const ids = Array.from({ length: 1_500 }, (_, index) => `old-${index}`);
      everything = ids.map((id) => put(id, 1));
      await write('new');
      expect(commits.map((commit) => commit.split(' ').length)).toEqual([1, 1_000, 500, 1]);
      expect(commits.at(-1)).toBe('new');
      expect(await store.list('metadata')).toHaveLength(1_501);
      await write('next');
      expect(commits.slice(4)).toEqual(['next']);
    });

    it('begins again with everything when the store goes away meanwhile', async () => {
      everything = [put('old', 1)];
      gate = new Deferred();
      const written = write('new');
      await turn();
      failure = new StoreUnavailableError('away');
      gate.resolve();
      await turn();
      everything = [put('old', 2)];
      failure = undefined;
      await written;
      expect(commits.slice(-2)).toEqual(['old', 'new']);
      expect(await store.get('metadata', 'old')).toEqual(Uint8Array.of(2));
    });
  });

  it('fails only the commit that the store calls wrong', async () => {
    failure = new TypeError('no such table');
    await expect(write('a')).rejects.toThrow('no such table');
    failure = undefined;
    await expect(write('b')).resolves.toBeUndefined();
  });

  it('waits for a store that is away, and says for how long it is', async () => {
    failure = new StoreUnavailableError('away');
    const written = write('a');
    await turn();
    expect(queue.awayMs).toBeGreaterThan(0);
    failure = undefined;
    await written;
    expect(queue.awayMs).toBe(0);
  });
});
