import type { PlacementGroupState } from '../../../../head/placement/placement-group-state.js';
import { type HeldBundle, reconcileNode } from '../../../../head/recovery/reconcile-node.js';
import { groupRecord } from '../../../support/head-records.js';

const n1 = 'n1' as never;
const held = (id: string, index: number, isCommitted = true): HeldBundle => ({
  placementGroupId: id as never,
  index,
  isCommitted,
});

/** One line per group: what the node is told about which bundles. */
function corrections(
  groups: readonly [id: string, state: PlacementGroupState, nodeIds: readonly (string | undefined)[]][],
  holds: readonly HeldBundle[],
  reserving: readonly string[] = [],
): string[] {
  const records = groups.map(([id, state, nodeIds]) =>
    groupRecord(
      id,
      nodeIds.map(() => ({ CPU: 1 })),
      nodeIds,
      { state },
    ),
  );
  const table = new Map(records.map((group) => [group.placementGroupId, group]));
  return reconcileNode(table, n1, holds, (id) => reserving.includes(id)).map((correction) => {
    const parts = (['giveBack', 'commit', 'lost', 'confirmed'] as const).filter((part) => correction[part].length > 0);
    return [correction.placementGroupId, ...parts.map((part) => `${part} ${correction[part].join(' ')}`)].join(': ');
  });
}

describe('what a node holds, against what the records say', () => {
  it('is confirmed where both say the same', () => {
    expect(corrections([['g', 'CREATED', ['n1', 'n2', 'n1']]], [held('g', 0), held('g', 2)])).toEqual([
      'g: confirmed 0 2',
    ]);
  });
  it('is given back when the group is unknown or removed', () => {
    expect(corrections([['gone', 'REMOVED', ['n1']]], [held('gone', 0), held('never', 1, false)])).toEqual([
      'gone: giveBack 0',
      'never: giveBack 1',
    ]);
  });
  it('is given back when the bundle has another node, or none', () => {
    expect(corrections([['g', 'RESCHEDULING', ['n2', undefined]]], [held('g', 0), held('g', 1)])).toEqual([
      'g: giveBack 0 1',
    ]);
  });
  it('is lost where the node does not have it', () => {
    expect(corrections([['g', 'CREATED', ['n1', 'n1']]], [held('g', 1)])).toEqual(['g: lost 0: confirmed 1']);
  });
  it('is committed when that was decided and did not get through', () => {
    expect(corrections([['g', 'PREPARED', ['n1', 'n1', 'n2']]], [held('g', 0, false), held('g', 1)])).toEqual([
      'g: commit 0: confirmed 1',
    ]);
  });
  it('is lost when it was decided and the node has let it go', () => {
    expect(corrections([['g', 'PREPARED', ['n1', 'n2']]], [])).toEqual(['g: lost 0']);
  });
  it('is void when it was reserved for a plan that nobody decided', () => {
    expect(corrections([['g', 'RESCHEDULING', ['n1', 'n1']]], [held('g', 0), held('g', 1, false)])).toEqual([
      'g: giveBack 1: lost 1: confirmed 0',
    ]);
  });
  it('is not settled while its nodes are being asked, but for what is not in the plan', () => {
    expect(corrections([['g', 'PENDING', ['n1', 'n2']]], [held('g', 0, false), held('g', 1, false)], ['g'])).toEqual([
      'g: giveBack 1',
    ]);
  });
  it('says nothing of groups on other nodes', () => {
    expect(corrections([['g', 'CREATED', ['n2']]], [])).toEqual([]);
  });
});
