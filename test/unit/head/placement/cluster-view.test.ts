import { ClusterView } from '../../../../head/placement/cluster-view.js';
import { StateJournal } from '../../../../head/state-journal.js';
import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { fromFixedPoint, type LeaseId, type NodeId } from '../../../../src/core/index.js';
import {
  actorRecord,
  addressOf,
  clusterState,
  groupRecord,
  inBundle,
  leaseRecord,
  nodeRecord,
} from '../../../support/head-records.js';

const n1 = 'n1' as NodeId;

type Records = Parameters<typeof clusterState>[0];

const viewOf = (records: Records): ClusterView => new ClusterView(clusterState(records), new Map());

/** What is free, by node, in quantities. */
const free = (view: ClusterView): Record<string, object> =>
  Object.fromEntries(view.nodes().map(({ nodeId, available }) => [nodeId, fromFixedPoint(available)]));

describe('what is free on a node', () => {
  it('is everything while nobody holds anything, and nothing is said of nodes that take no work', () => {
    const others = [
      nodeRecord('n2', { CPU: 8 }, { state: 'DEAD' }),
      nodeRecord('n3', { CPU: 8 }, { state: 'AWAITED' }),
      nodeRecord('n4', { CPU: 8 }, { isDraining: true }),
    ];
    const view = viewOf({ nodes: [nodeRecord('n1', { CPU: 4, GPU: 1 }), ...others] });
    expect(free(view)).toEqual({ n1: { CPU: 4, GPU: 1 } });
    expect(view.expectedNodes().map(({ nodeId }) => nodeId)).toEqual(['n1', 'n3']);
  });

  it('is less by the bundles there, committed or being reserved, but not by those without a node', () => {
    const view = viewOf({
      nodes: [nodeRecord('n1', { CPU: 4 }), nodeRecord('n2', { CPU: 4 })],
      groups: [
        groupRecord('g1', [{ CPU: 1 }, { CPU: 2 }], ['n1', 'n2']),
        groupRecord('g2', [{ CPU: 1 }, { CPU: 1 }], ['n1', undefined], { state: 'PENDING' }),
        groupRecord('g3', [{ CPU: 4 }], ['n2'], { state: 'REMOVED' }),
      ],
    });
    expect(free(view)).toEqual({ n1: { CPU: 2 }, n2: { CPU: 2 } });
  });

  it('is less by the actors outside of groups, from their start to their death; those in bundles are counted there', () => {
    const view = viewOf({
      nodes: [nodeRecord('n1', { CPU: 4 })],
      groups: [groupRecord('g1', [{ CPU: 1 }], ['n1'])],
      actors: [
        actorRecord('a1', { CPU: 0.5 }, { nodeId: n1, state: 'PENDING_CREATION' }),
        actorRecord('a2', { CPU: 0.5 }, { nodeId: n1 }),
        actorRecord('a3', { CPU: 2 }, { nodeId: n1, state: 'DEAD' }),
        actorRecord('a4', { CPU: 2 }, { state: 'PENDING_CREATION' }),
        actorRecord('a5', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g1', 0), bundleIndex: 0 }),
      ],
    });
    expect(free(view)).toEqual({ n1: { CPU: 2 } });
  });

  it('is less by what leases hold now, not by what they asked for', () => {
    const view = viewOf({ nodes: [nodeRecord('n1', { CPU: 4 })] });
    const lease = leaseRecord('l1', { CPU: 2 }, { state: 'GRANTED', nodeId: n1 });
    view.onLease(lease);
    expect(free(view)).toEqual({ n1: { CPU: 2 } });
    view.onLease({ ...lease, held: { CPU: 5_000 } });
    expect(free(view)).toEqual({ n1: { CPU: 3.5 } });
    view.onLease({ ...lease, state: 'ENDED' });
    expect(free(view)).toEqual({ n1: { CPU: 4 } });
  });

  it('follows every change of the tables', async () => {
    const store = new MemoryHeadStore();
    const journal = new StateJournal(store, (await store.acquireLease('test', 60_000))!);
    const view = new ClusterView(journal, new Map());
    await journal.putNode(nodeRecord('n1', { CPU: 4 }));
    const actor = actorRecord('a1', { CPU: 1 }, { nodeId: n1 });
    await journal.putActor(actor);
    const group = groupRecord('g1', [{ CPU: 2 }], ['n1']);
    await journal.putPlacementGroup(group);
    expect(free(view)).toEqual({ n1: { CPU: 1 } });
    await journal.putActor({ ...actor, state: 'RESTARTING', nodeId: undefined });
    await journal.putPlacementGroup({ ...group, nodeIds: [undefined] });
    expect(free(view)).toEqual({ n1: { CPU: 4 } });
    await journal.putNode(nodeRecord('n1', { CPU: 6 }));
    expect(free(view)).toEqual({ n1: { CPU: 6 } });
  });
});

describe('the labels of a node', () => {
  it('are its own, its id, and its kind of accelerator', () => {
    const own = { 'ray.io/accelerator-type': 'H200', zone: 'a', 'ray.io/node-id': 'forged' };
    const nodes = [nodeRecord('n1', { 'accelerator_type:A100': 1 }), nodeRecord('n2', {}, { labels: own })];
    expect(
      viewOf({ nodes })
        .nodes()
        .map(({ labels }) => labels),
    ).toEqual([
      { 'ray.io/node-id': 'n1', 'ray.io/accelerator-type': 'A100' },
      { 'ray.io/node-id': 'n2', 'ray.io/accelerator-type': 'H200', zone: 'a' },
    ]);
  });
});

describe('who holds a node', () => {
  it('is each group with its bundles there together, and each actor and lease outside of groups', () => {
    const leases = new Map([
      ['l1' as LeaseId, leaseRecord('l1', { CPU: 1 }, { state: 'GRANTED', nodeId: n1, name: 'train' })],
    ]);
    const state = clusterState({
      nodes: [nodeRecord('n1', { CPU: 8 })],
      groups: [
        groupRecord('g1', [{ CPU: 1 }, { CPU: 2 }, { CPU: 4 }], ['n1', 'n1', 'n2'], { name: 'trainer' }),
        groupRecord('g2', [{ CPU: 1 }], ['n1'], { state: 'REMOVED' }),
      ],
      actors: [
        actorRecord('a1234567890', { CPU: 1 }, { nodeId: n1 }),
        actorRecord('a2', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g1', 0), bundleIndex: 0 }),
      ],
    });
    const view = new ClusterView(state, leases);
    expect(view.holders(view.nodes()).get(n1)).toEqual([
      { holder: 'placement group trainer', resources: { CPU: 30_000 } },
      { holder: 'actor Worker a1234567', resources: { CPU: 10_000 } },
      { holder: 'task train l1', resources: { CPU: 10_000 } },
    ]);
    expect(view.holdersOfBundle(groupRecord('g1', [], []).placementGroupId, 0)).toEqual([
      { holder: 'actor Worker a2', resources: { CPU: 10_000 } },
    ]);
  });
});

describe('the bundle of an actor', () => {
  const group = groupRecord('g1', [{ CPU: 1 }, { CPU: 2 }, { CPU: 2 }], ['n1', 'n1', undefined]);
  const view = viewOf({
    nodes: [nodeRecord('n1', { CPU: 8 })],
    groups: [group],
    actors: [
      actorRecord('a1', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g1', 1), bundleIndex: 1 }),
      actorRecord('a2', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g1', 0), bundleIndex: 0, state: 'DEAD' }),
      actorRecord('a3', { CPU: 1 }, { bundle: inBundle('g1', 0), state: 'PENDING_CREATION' }),
      actorRecord('a4', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g9', 0), bundleIndex: 0 }),
    ],
  });
  const choose = (cpus: number, bundleIndex: number): number | undefined =>
    view.chooseBundle(group, inBundle('g1', bundleIndex), { CPU: cpus * 10_000 });

  it('is the one that it names, when that has room', () => {
    expect(choose(1, 1)).toBe(1);
    expect(choose(2, 1)).toBeUndefined();
    expect(choose(1, 0)).toBe(0);
    expect(choose(0.1, 7)).toBeUndefined();
  });

  it('is the first with room for any, and never one that has no node', () => {
    expect(choose(1, -1)).toBe(0);
    expect(choose(2, -1)).toBeUndefined();
    expect(choose(1, 2)).toBeUndefined();
  });

  it('has its own GPUs, which others of the group do not use', () => {
    const gpuGroup = groupRecord('g2', [{ GPU: 1 }, { GPU: 1 }], ['n1', 'n1'], { gpuIds: [['5'], ['3']] });
    const actor = actorRecord('a1', { GPU: 0.5 }, { nodeId: n1, bundle: inBundle('g2', 1), bundleIndex: 1 });
    const gpus = viewOf({
      nodes: [nodeRecord('n1', { GPU: 8 })],
      groups: [gpuGroup],
      actors: [{ ...actor, address: addressOf('w1', 'n1', ['3']) }],
    });
    expect(gpus.freeInBundle(gpuGroup.placementGroupId, 0).gpus).toEqual([{ gpuId: '5', units: 10_000 }]);
    expect(gpus.freeInBundle(gpuGroup.placementGroupId, 1).gpus).toEqual([{ gpuId: '3', units: 5_000 }]);
  });
});
