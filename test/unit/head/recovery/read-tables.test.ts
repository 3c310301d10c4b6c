import { decodeRecord, readTables } from '../../../../head/recovery/read-tables.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { IllegalStateError } from '../../../../src/core/index.js';
import { actorRecord, groupRecord, jobRecord, nodeRecord } from '../../../support/head-records.js';

describe('the tables that a head left', () => {
  it('are read as they were put', async () => {
    const store = new MemoryHeadStore();
    const journal = new StateJournal(store, (await store.acquireLease('test', 60_000))!);
    const written = {
      nodes: [nodeRecord('n1', { CPU: 4 })],
      placementGroups: [groupRecord('g1', [{ CPU: 1 }, { CPU: 1 }], ['n1', undefined])],
      actors: [actorRecord('a1', { CPU: 1 })],
      jobs: [jobRecord('j1')],
    };
    await Promise.all([
      ...written.nodes.map((node) => journal.putNode(node)),
      ...written.placementGroups.map((group) => journal.putPlacementGroup(group)),
      ...written.actors.map((actor) => journal.putActor(actor)),
      ...written.jobs.map((job) => journal.putJob(job)),
      journal.putRow('kv', 'k', Uint8Array.of(1, 2)),
    ]);
    expect(await readTables(store)).toEqual({
      ...written,
      metadata: new Map(),
      kv: new Map([['k', Uint8Array.of(1, 2)]]),
    });
  });

  it('are called damaged when they are, by table and id', () => {
    const decode = () => decodeRecord('actors', { id: 'a1', record: Buffer.from('{') });
    expect(decode).toThrow(IllegalStateError);
    expect(decode).toThrow(/a1.*actors.*--new-cluster/);
  });
});
