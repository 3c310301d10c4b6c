import { DrainKeeper } from '../../../../head/membership/drain-keeper.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { InvalidArgumentError, type NodeId } from '../../../../src/core/index.js';
import { actorRecord, groupRecord, nodeRecord } from '../../../support/head-records.js';

const n1 = 'n1' as NodeId;

describe('a node that is drained', () => {
  let now: number;
  let sentAway: string[];
  let hasLeases: boolean;
  let journal: StateJournal;
  let drains: DrainKeeper;
  const createKeeper = () =>
    new DrainKeeper({
      journal,
      hasLeases: () => hasLeases,
      sendAway: (nodeId, reason) => sentAway.push(`${nodeId}: ${reason}`),
      clock: { now: () => now },
    });

  beforeEach(async () => {
    [now, sentAway, hasLeases] = [0, [], false];
    const store = new MemoryHeadStore();
    journal = new StateJournal(store, (await store.acquireLease('test', 60_000))!);
    await journal.putNode(nodeRecord('n1', { CPU: 1 }));
    drains = createKeeper();
  });

  it('takes no more work, and leaves at once when it has none', async () => {
    await drains.drain(n1, 'upgrade', 0);
    expect(journal.nodes.get(n1)?.isDraining).toBe(true);
    expect(sentAway).toEqual(['n1: upgrade']);
  });

  it('stays while actors, bundles or tasks are on it', async () => {
    const actor = actorRecord('a1', {}, { nodeId: n1 });
    const group = groupRecord('g1', [{ CPU: 1 }], ['n1']);
    await Promise.all([journal.putActor(actor), journal.putPlacementGroup(group)]);
    hasLeases = true;
    await drains.drain(n1, 'upgrade', 0);
    await journal.putActor({ ...actor, state: 'DEAD' });
    drains.tick();
    await journal.putPlacementGroup({ ...group, state: 'REMOVED' });
    drains.tick();
    expect(sentAway).toEqual([]);
    hasLeases = false;
    drains.tick();
    expect(sentAway).toHaveLength(1);
  });

  it('leaves at its deadline, whatever runs there', async () => {
    hasLeases = true;
    await drains.drain(n1, 'spot', 5_000);
    now = 4_999;
    drains.tick();
    expect(sentAway).toEqual([]);
    now = 5_000;
    drains.tick();
    expect(sentAway).toEqual(['n1: spot']);
  });

  it('is still one after a restart of the head, and forgotten when it is gone', async () => {
    hasLeases = true;
    await drains.drain(n1, 'upgrade', 0);
    const next = createKeeper();
    hasLeases = false;
    next.tick();
    expect(sentAway).toHaveLength(1);
    await journal.putNode({ ...journal.nodes.get(n1)!, state: 'DEAD' });
    next.tick();
    next.tick();
    expect(sentAway).toHaveLength(1);
    await expect(next.drain(n1, 'again', 0)).rejects.toThrow(InvalidArgumentError);
  });
});
