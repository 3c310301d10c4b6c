import { GroupLog } from '../../../../head/placement/group-log.js';
import { BundleReconciler } from '../../../../head/recovery/bundle-reconciler.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { type NodeId, type PlacementGroupId, silentLogger } from '../../../../src/core/index.js';
import { groupRecord, nodeRecord } from '../../../support/head-records.js';

const [n1, n2] = ['n1' as NodeId, 'n2' as NodeId];
const g = 'g' as PlacementGroupId;

describe('nodes that come back after the head was away', () => {
  let journal: StateJournal;
  let asked: string[];
  let failing: Set<string>;
  let reconciler: BundleReconciler;

  beforeEach(async () => {
    const store = new MemoryHeadStore();
    journal = new StateJournal(store, (await store.acquireLease('test', 60_000))!);
    [asked, failing] = [[], new Set()];
    await journal.putNode(nodeRecord('n1', { CPU: 4 }));
    await journal.putNode(nodeRecord('n2', { CPU: 4 }));
    const ask = async (nodeId: NodeId, what: string, id: PlacementGroupId, indexes: readonly number[]) => {
      asked.push(`${nodeId} ${what} ${id} [${indexes.join(' ')}]`);
      if (failing.delete(what)) throw new Error('no answer');
    };
    reconciler = new BundleReconciler({
      journal,
      log: new GroupLog({ journal, publish: () => undefined, logger: silentLogger, now: () => 0 }),
      hostOf: (nodeId) => ({
        prepare: async () => undefined,
        commit: (id, indexes) => ask(nodeId, 'commit', id, indexes),
        giveBack: (id, indexes) => ask(nodeId, 'give-back', id, indexes),
      }),
      isReserving: () => false,
      onBundlesLost: async (_group, indexes) => void asked.push(`lost [${indexes.join(' ')}]`),
      onChange: () => undefined,
      logger: silentLogger,
    });
  });

  const comeBack = (nodeId: NodeId, ...held: readonly (readonly [index: number, isCommitted: boolean])[]) =>
    reconciler.onInventory(
      nodeId,
      held.map(([index, isCommitted]) => ({ placementGroupId: g, index, isCommitted })),
      reconciler.recordedOn(nodeId),
    );
  const group = () => journal.placementGroups.get(g)!;

  it('finish a commit that was interrupted, when the last of them is back', async () => {
    await journal.putPlacementGroup(groupRecord('g', [{}, {}, {}], [n1, n2, n1], { state: 'PREPARED' }));
    await comeBack(n1, [0, true], [2, false]);
    expect([asked, group().state]).toEqual([['n1 commit g [2]'], 'PREPARED']);
    await comeBack(n2, [1, false]);
    expect([asked.at(-1), group().state]).toEqual(['n2 commit g [1]', 'CREATED']);
  });

  it('lose the bundles that they can not commit any more', async () => {
    await journal.putPlacementGroup(groupRecord('g', [{}, {}], [n1, n2], { state: 'PREPARED' }));
    failing.add('commit');
    await comeBack(n1, [0, false]);
    expect(asked).toEqual(['n1 commit g [0]', 'lost [0]']);
    expect(group()).toMatchObject({ state: 'RESCHEDULING', nodeIds: [undefined, n2] });
  });

  it('lose the bundles that they do not hold, but for those placed there since they registered', async () => {
    await journal.putPlacementGroup(groupRecord('g', [{}, {}], [n1, undefined], { state: 'RESCHEDULING' }));
    const recorded = reconciler.recordedOn(n1);
    await journal.putPlacementGroup(groupRecord('g', [{}, {}], [n1, n1]));
    await reconciler.onInventory(n1, [], recorded);
    expect(asked).toEqual(['lost [0]']);
    expect(group()).toMatchObject({ state: 'RESCHEDULING', nodeIds: [undefined, n1] });
  });

  it('give back what nobody knows, asked until they have done so', async () => {
    failing.add('give-back');
    await comeBack(n1, [3, true]);
    expect(asked).toEqual(['n1 give-back g [3]', 'n1 give-back g [3]']);
  });

  it('are left alone when they hold what they should', async () => {
    await journal.putPlacementGroup(groupRecord('g', [{}, {}], [n1, n2]));
    await comeBack(n1, [0, true]);
    expect([asked, group().state]).toEqual([[], 'CREATED']);
  });
});
