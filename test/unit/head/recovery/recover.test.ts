import type { StoredTables } from '../../../../head/recovery/read-tables.js';
import { recover } from '../../../../head/recovery/recover.js';
import { actorRecord, groupRecord, jobRecord, nodeRecord } from '../../../support/head-records.js';

const tables = (change: Partial<StoredTables>): StoredTables => ({
  nodes: [nodeRecord('n1', { CPU: 4 }), nodeRecord('n2', { CPU: 4 })],
  jobs: [jobRecord('j1')],
  placementGroups: [],
  actors: [],
  metadata: new Map(),
  kv: new Map(),
  ...change,
});

const on = (nodeId: string) => ({ nodeId: nodeId as never });

describe('a head that finds records of an earlier one', () => {
  it('goes on with nothing where it finds nothing', () => {
    const recovery = recover(tables({ nodes: [], jobs: [] }));
    expect(recovery).toMatchObject({ awaitedJobIds: [], unfinishedJobIds: [], unburiedNodeIds: [] });
  });

  it('waits for every node and every driver, and decides about none', () => {
    const { state, awaitedJobIds, unfinishedJobIds, unburiedNodeIds } = recover(tables({}));
    expect([...state.nodes.values()].map((node) => node.state)).toEqual(['AWAITED', 'AWAITED']);
    expect(awaitedJobIds).toEqual(['j1']);
    expect([unfinishedJobIds, unburiedNodeIds]).toEqual([[], []]);
  });

  it('keeps actors and groups where they are', () => {
    const actor = actorRecord('a1', { CPU: 1 }, on('n1'));
    const group = groupRecord('g1', [{ CPU: 1 }, { CPU: 1 }], ['n1', 'n2']);
    const { state } = recover(tables({ actors: [actor], placementGroups: [group] }));
    expect([...state.actors.values()]).toEqual([actor]);
    expect([...state.placementGroups.values()]).toEqual([group]);
  });

  it('places a pending group anew, wherever its bundles were being reserved', () => {
    const group = groupRecord('g1', [{ CPU: 1 }, { CPU: 1 }], ['n1', 'n2'], { state: 'PENDING' });
    const { state } = recover(tables({ placementGroups: [group] }));
    expect([...state.placementGroups.values()][0]!.nodeIds).toEqual([undefined, undefined]);
  });

  it.each(['PREPARED', 'RESCHEDULING'] as const)('leaves it to the nodes what a %s group has', (groupState) => {
    const group = groupRecord('g1', [{ CPU: 1 }, { CPU: 1 }], ['n1', 'n2'], { state: groupState });
    const { state } = recover(tables({ placementGroups: [group] }));
    expect([...state.placementGroups.values()]).toEqual([group]);
  });

  it('finds the jobs whose end was not finished, and leaves alone what outlives its job', () => {
    const change = { jobId: 'j0' as never };
    const { unfinishedJobIds } = recover(
      tables({
        actors: [actorRecord('a1', {}, change), actorRecord('a2', {}, { jobId: 'j9' as never, isDetached: true })],
        placementGroups: [groupRecord('g1', [{ CPU: 1 }], ['n1'], change)],
      }),
    );
    expect(unfinishedJobIds).toEqual(['j0']);
  });

  it('finds the nodes whose end was not told to all that was on them', () => {
    const { unburiedNodeIds } = recover(
      tables({
        actors: [actorRecord('a1', {}, on('n8')), actorRecord('a2', {}, on('n1'))],
        placementGroups: [groupRecord('g1', [{ CPU: 1 }, { CPU: 1 }], ['n9', undefined])],
      }),
    );
    expect(unburiedNodeIds).toEqual(['n9', 'n8']);
  });
});
