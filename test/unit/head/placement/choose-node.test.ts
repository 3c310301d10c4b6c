import { chooseNode, mergeNeeds } from '../../../../head/placement/choose-node.js';
import type { NodeRequest } from '../../../../head/placement/node-request.js';
import type { NodeSnapshot } from '../../../../head/placement/node-snapshot.js';
import type { NodeId, Resources } from '../../../../src/core/index.js';
import { nodeRequest } from '../../../support/head-records.js';
import { gpuShares, node } from '../../../support/node-snapshots.js';

const choose = (
  resources: Resources,
  nodes: readonly NodeSnapshot[],
  change: Partial<NodeRequest> = {},
  last?: string,
): string => {
  const choice = chooseNode(nodeRequest(resources, change), nodes, last as NodeId | undefined);
  return choice.kind === 'placed' ? choice.nodeId : choice.kind;
};

describe('the default strategy', () => {
  it('takes the first node by id while it is less than half used', () => {
    expect(choose({ CPU: 1 }, [node('b', { CPU: 4 }), node('a', { CPU: 8 }, { CPU: 5 })])).toBe('a');
  });

  it('takes the least used node when the others are half used', () => {
    expect(choose({ CPU: 1 }, [node('a', { CPU: 8 }, { CPU: 2 }), node('b', { CPU: 8 }, { CPU: 3 })])).toBe('b');
  });

  it('judges by the scarcest resource asked for, and by no other', () => {
    const nodes = [
      node('a', { CPU: 8, GPU: 4 }, { CPU: 8, GPU: 1 }),
      node('b', { CPU: 8, GPU: 4 }, { CPU: 1, GPU: 4 }),
    ];
    expect(choose({ GPU: 1 }, nodes)).toBe('b');
  });

  it('passes over nodes where the request does not fit now', () => {
    expect(choose({ CPU: 1 }, [node('a', { CPU: 8 }, { CPU: 0.5 }), node('b', { CPU: 1 })])).toBe('b');
    const halves = node('a', { GPU: 2 }, { GPU: 1 }, { gpus: gpuShares(0.5, 0.5) });
    expect(choose({ GPU: 1 }, [halves, node('b', { GPU: 1 })])).toBe('b');
  });

  it('tells a cluster that is busy from one that is too small', () => {
    const nodes = [node('a', { CPU: 2 }, { CPU: 0 })];
    expect(choose({ CPU: 2 }, nodes)).toBe('unavailable');
    expect(choose({ CPU: 3 }, nodes)).toBe('infeasible');
    expect(choose({ CPU: 1 }, [])).toBe('infeasible');
  });

  it('spreads what asks for nothing by how many are there', () => {
    const nodes = [node('a', { CPU: 1 }, { CPU: 1 }, { numHolders: 2 }), node('b', {}, {}, { numHolders: 1 })];
    expect(choose({}, nodes)).toBe('b');
  });

  it('keeps off nodes with GPUs while others have room', () => {
    const nodes = [node('a', { CPU: 8, GPU: 1 }), node('b', { CPU: 2 }, { CPU: 1 })];
    expect(choose({ CPU: 1 }, nodes)).toBe('b');
    expect(choose({ CPU: 2 }, nodes)).toBe('a');
    expect(choose({ CPU: 1, GPU: 0.5 }, nodes)).toBe('a');
  });

  it('goes where most of the arguments lie, if there is room', () => {
    const locality = { b: 10, c: 2_000 } as Record<NodeId, number>;
    const nodes = [node('a', { CPU: 4 }), node('b', { CPU: 4 }), node('c', { CPU: 4 })];
    expect(choose({ CPU: 1 }, nodes, { locality })).toBe('c');
    expect(choose({ CPU: 1 }, [...nodes.slice(0, 2), node('c', { CPU: 4 }, {})], { locality })).toBe('b');
  });
});

describe('the SPREAD strategy', () => {
  const strategy = { kind: 'SPREAD' } as const;
  const nodes = ['c', 'a', 'b'].map((id) => node(id, { CPU: 1 }));

  it('goes round the nodes by id, over those without room', () => {
    expect(choose({ CPU: 1 }, nodes, { strategy })).toBe('a');
    expect(choose({ CPU: 1 }, nodes, { strategy }, 'a')).toBe('b');
    expect(choose({ CPU: 1 }, nodes, { strategy }, 'c')).toBe('a');
    expect(choose({ CPU: 1 }, [node('a', { CPU: 1 }, {}), ...nodes.slice(0, 1)], { strategy }, 'c')).toBe('c');
  });
});

describe('node affinity', () => {
  const nodes = [node('a', { CPU: 4 }, { CPU: 1 }), node('b', { CPU: 8 })];
  const to = (nodeId: string, isSoft: boolean) => ({
    strategy: { kind: 'NODE_AFFINITY', nodeId: nodeId as NodeId, isSoft } as const,
  });

  it('is to that node, busy or not', () => {
    expect(choose({ CPU: 1 }, nodes, to('b', false))).toBe('b');
    expect(choose({ CPU: 2 }, nodes, to('a', false))).toBe('unavailable');
    expect(choose({ CPU: 2 }, nodes, to('a', true))).toBe('unavailable');
  });

  it('is infeasible when the node is gone or too small, and soft goes elsewhere then', () => {
    expect(choose({ CPU: 1 }, nodes, to('z', false))).toBe('infeasible');
    expect(choose({ CPU: 8 }, nodes, to('a', false))).toBe('infeasible');
    expect(choose({ CPU: 1 }, nodes, to('z', true))).toBe('b');
    expect(choose({ CPU: 8 }, nodes, to('a', true))).toBe('b');
  });
});

describe('labels', () => {
  const nodes = [
    node('a', { CPU: 1 }, { CPU: 1 }, { labels: { zone: 'x' } }),
    node('b', { CPU: 4 }, { CPU: 0 }, { labels: { zone: 'y' } }),
  ];

  it('count before room: the fallback is for when no node that could hold it meets the first', () => {
    expect(choose({ CPU: 1 }, nodes, { labelSelectors: [{ zone: 'x' }] })).toBe('a');
    expect(choose({ CPU: 1 }, nodes, { labelSelectors: [{ zone: 'y' }, { zone: 'x' }] })).toBe('unavailable');
    expect(choose({ CPU: 1 }, nodes, { labelSelectors: [{ zone: 'z' }, { zone: 'x' }] })).toBe('a');
    expect(choose({ CPU: 2 }, nodes, { labelSelectors: [{ zone: 'x' }, { zone: 'y' }] })).toBe('unavailable');
    expect(choose({ CPU: 1 }, nodes, { labelSelectors: [{ zone: 'z' }] })).toBe('infeasible');
  });
});

describe('mergeNeeds', () => {
  it('takes the larger amount of each resource', () => {
    expect(mergeNeeds({ GPU: 5 }, { CPU: 10, GPU: 2 })).toEqual({ GPU: 5, CPU: 10 });
    expect(mergeNeeds({ CPU: 20 }, { CPU: 10 })).toEqual({ CPU: 20 });
  });
});
