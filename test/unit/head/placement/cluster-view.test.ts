import { chooseBundle, describeHolders, nodeSnapshots } from '../../../../head/placement/cluster-view.js';
import { fromFixedPoint, type NodeId } from '../../../../src/core/index.js';
import { actorRecord, clusterState, groupRecord, inBundle, nodeRecord } from '../../../support/head-records.js';

const n1 = 'n1' as NodeId;

/** What is free, by node, in quantities. */
const free = (state: ReturnType<typeof clusterState>): Record<string, object> =>
  Object.fromEntries(nodeSnapshots(state).map(({ nodeId, available }) => [nodeId, fromFixedPoint(available)]));

describe('what is free on a node', () => {
  it('is everything while nobody holds anything, and nothing is said of dead nodes', () => {
    const dead = nodeRecord('n2', { CPU: 8 }, { state: 'DEAD' });
    expect(free(clusterState({ nodes: [nodeRecord('n1', { CPU: 4, GPU: 1 }), dead] }))).toEqual({
      n1: { CPU: 4, GPU: 1 },
    });
  });

  it('is less by the bundles there, committed or being reserved, but not by those without a node', () => {
    const state = clusterState({
      nodes: [nodeRecord('n1', { CPU: 4 }), nodeRecord('n2', { CPU: 4 })],
      groups: [
        groupRecord('g1', [{ CPU: 1 }, { CPU: 2 }], ['n1', 'n2']),
        groupRecord('g2', [{ CPU: 1 }, { CPU: 1 }], ['n1', undefined], { state: 'PENDING' }),
        groupRecord('g3', [{ CPU: 4 }], ['n2'], { state: 'REMOVED' }),
      ],
    });
    expect(free(state)).toEqual({ n1: { CPU: 2 }, n2: { CPU: 2 } });
  });

  it('is less by the actors outside of groups, from their start to their death; those in bundles are counted there', () => {
    const state = clusterState({
      nodes: [nodeRecord('n1', { CPU: 4 })],
      groups: [groupRecord('g1', [{ CPU: 1 }], ['n1'])],
      actors: [
        actorRecord('a1', { CPU: 0.5 }, { nodeId: n1, state: 'PENDING_CREATION' }),
        actorRecord('a2', { CPU: 0.5 }, { nodeId: n1 }),
        actorRecord('a3', { CPU: 2 }, { nodeId: n1, state: 'DEAD' }),
        actorRecord('a4', { CPU: 2 }, { state: 'PENDING_CREATION' }),
        actorRecord('a5', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g1', 0) }),
      ],
    });
    expect(free(state)).toEqual({ n1: { CPU: 2 } });
  });
});

describe('who holds a node', () => {
  it('is each group with its bundles there together, and each actor outside of groups', () => {
    const state = clusterState({
      nodes: [nodeRecord('n1', { CPU: 8 })],
      groups: [
        groupRecord('g1', [{ CPU: 1 }, { CPU: 2 }, { CPU: 4 }], ['n1', 'n1', 'n2'], { name: 'trainer' }),
        groupRecord('g2', [{ CPU: 1 }], ['n1'], { state: 'REMOVED' }),
      ],
      actors: [
        actorRecord('a1234567890', { CPU: 1 }, { nodeId: n1 }),
        actorRecord('a2', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g1', 0) }),
      ],
    });
    expect(describeHolders(state, n1)).toEqual([
      { holder: 'placement group trainer', resources: { CPU: 30_000 } },
      { holder: 'actor Worker a1234567', resources: { CPU: 10_000 } },
    ]);
  });
});

describe('the bundle of an actor', () => {
  const group = groupRecord('g1', [{ CPU: 1 }, { CPU: 2 }, { CPU: 2 }], ['n1', 'n1', undefined]);
  const state = clusterState({
    groups: [group],
    actors: [
      actorRecord('a1', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g1', 1) }),
      actorRecord('a2', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g1', 0), state: 'DEAD' }),
      actorRecord('a3', { CPU: 1 }, { bundle: inBundle('g1', 0), state: 'PENDING_CREATION' }),
      actorRecord('a4', { CPU: 1 }, { nodeId: n1, bundle: inBundle('g9', 0) }),
    ],
  });
  const choose = (cpus: number, bundleIndex: number): number | undefined =>
    chooseBundle(state, group, actorRecord('new', { CPU: cpus }, { bundle: inBundle('g1', bundleIndex) }));

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
});
