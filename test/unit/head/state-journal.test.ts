import type { JobRecord } from '../../../head/jobs/job-record.js';
import type { NodeRecord } from '../../../head/membership/node-record.js';
import { StateJournal } from '../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../head/store/memory-head-store.js';
import { Deferred, type JobId, type NodeId, StaleEpochError, StoreUnavailableError } from '../../../src/core/index.js';
import { jobRecord } from '../../support/head-records.js';

const job = (id: string, state: JobRecord['state'] = 'RUNNING'): JobRecord => jobRecord(id, { state });

const node = (id: string, total: Record<string, number>): NodeRecord => ({
  nodeId: id as NodeId,
  state: 'ALIVE',
  hostname: 'h',
  nodeName: 'h',
  agentAddress: 'h:1',
  pid: 1,
  isHeadNode: false,
  total,
  labels: {},
  isDraining: false,
  deathReason: '',
  objectStoreBytes: 0,
  startedAtMs: 0,
  endedAtMs: 0,
});

describe('StateJournal', () => {
  let store: MemoryHeadStore;
  let journal: StateJournal;
  const stored = async (table: 'jobs' | 'nodes'): Promise<Record<string, unknown>> => {
    const rows = await store.list(table);
    return Object.fromEntries(rows.map(({ id, record }) => [id, JSON.parse(Buffer.from(record).toString())]));
  };

  beforeEach(async () => {
    store = new MemoryHeadStore();
    const lease = await store.acquireLease('test', 60_000);
    journal = new StateJournal(store, lease!);
  });

  it('shows a put at once, and resolves it only when the store has it', async () => {
    const reached = new Deferred<void>();
    const commit = store.commit.bind(store);
    store.commit = async (epoch, mutations) => {
      await reached.promise;
      await commit(epoch, mutations);
    };
    let state: 'waiting' | 'acknowledged' = 'waiting';
    const put = journal.putJob(job('j1')).then(() => {
      state = 'acknowledged';
    });
    expect(journal.jobs.get('j1' as JobId)).toEqual(job('j1'));
    await new Promise(setImmediate);
    expect(state).toBe('waiting');
    reached.resolve();
    await put;
    expect(await stored('jobs')).toEqual({ j1: job('j1') });
  });

  it('drops what has ended from the store and keeps it in memory', async () => {
    await journal.putJob(job('j1'));
    await journal.putJob(job('j1', 'FINISHED'));
    expect(await stored('jobs')).toEqual({});
    expect(journal.jobs.get('j1' as JobId)?.state).toBe('FINISHED');
  });

  it('keeps a thousand ended records in memory, the latest, and every one that lives', async () => {
    await journal.putJob(job('living'));
    for (let n = 0; n < 1_100; n++) await journal.putJob(job(`j${n}`, 'FINISHED'));
    expect(journal.jobs.size).toBe(1_001);
    expect(journal.jobs.has('living' as JobId)).toBe(true);
    expect(journal.jobs.has('j99' as JobId)).toBe(false);
    expect(journal.jobs.has('j100' as JobId)).toBe(true);
  });

  it('rejects when another head has taken the store', async () => {
    await store.acquireLease('test', 60_000);
    await expect(journal.putJob(job('j1'))).rejects.toThrow(StaleEpochError);
  });

  describe('while the store is away', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('waits for it, and then writes what is true by that time', async () => {
      const commit = jest.spyOn(store, 'commit').mockRejectedValue(new StoreUnavailableError('away'));
      const first = journal.putNode(node('n1', { CPU: 1 }));
      const second = journal.putNode(node('n1', { CPU: 2 }));
      const ended = Promise.all([journal.putJob(job('j1')), journal.putJob(job('j1', 'FINISHED'))]);
      await jest.advanceTimersByTimeAsync(5_000);
      commit.mockRestore();
      await jest.advanceTimersByTimeAsync(1_000);
      await Promise.all([first, second, ended]);
      expect(await stored('nodes')).toEqual({ n1: node('n1', { CPU: 2 }) });
      expect(await stored('jobs')).toEqual({});
    });
  });
});
