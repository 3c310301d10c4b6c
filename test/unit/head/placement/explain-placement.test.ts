import { explainPlacement } from '../../../../head/placement/explain-placement.js';
import type { ResourceHolder } from '../../../../head/placement/holder-table.js';
import type { NodeId } from '../../../../src/core/index.js';
import { toFixedPoint } from '../../../../src/core/index.js';
import { bundleSet, bundlesOf, gpuShares, node } from '../../../support/node-snapshots.js';

const nobody = new Map<NodeId, ResourceHolder[]>();
const firstLine = (text: string): string | undefined => text.split('\n')[0];

describe('explainPlacement', () => {
  it('shows a line per node with what is wanted, had, available, and held by whom', () => {
    const nodes = [node('a', { CPU: 8, GPU: 2 }, { CPU: 7, GPU: 1 }), node('bb', { CPU: 4, memory: 5 })];
    const holders = new Map([
      [
        'a' as NodeId,
        [
          { holder: 'actor Trainer 1a2b', resources: toFixedPoint({ GPU: 1 }) },
          { holder: 'actor Clerk 3c4d', resources: toFixedPoint({ CPU: 1 }) },
        ],
      ],
    ]);
    expect(explainPlacement(bundleSet('PACK', bundlesOf({ GPU: 1 }, { GPU: 4 })), nodes, holders).split('\n')).toEqual([
      'The PACK placement group can never fit this cluster: bundle 1 wants {GPU: 4}; the largest node has {GPU: 2}.',
      'node            wanted    has       available  held by',
      'host-a:1 (a)    {GPU: 4}  {GPU: 2}  {GPU: 1}   actor Trainer 1a2b {GPU: 1}',
      'host-bb:1 (bb)  {GPU: 4}  {GPU: 0}  {GPU: 0}   -',
    ]);
  });

  it('counts the nodes for STRICT_SPREAD', () => {
    const nodes = [node('a', { CPU: 8 }), node('b', { CPU: 8 })];
    const text = explainPlacement(
      bundleSet('STRICT_SPREAD', bundlesOf({ CPU: 1 }, { CPU: 1 }, { CPU: 1 })),
      nodes,
      nobody,
    );
    expect(firstLine(text)).toContain('STRICT_SPREAD wants 3 nodes; the cluster has 2.');
  });

  it('adds the bundles up for STRICT_PACK', () => {
    const nodes = [node('a', { GPU: 4 }), node('b', { GPU: 4 })];
    const text = explainPlacement(bundleSet('STRICT_PACK', bundlesOf({ GPU: 4 }, { GPU: 4 })), nodes, nobody);
    expect(firstLine(text)).toContain('STRICT_PACK wants {GPU: 8} on one node; the largest node has {GPU: 4}.');
  });

  it('adds the nodes up when every bundle fits some node', () => {
    const nodes = [node('a', { GPU: 2 }), node('b', { GPU: 2 })];
    const text = explainPlacement(bundleSet('SPREAD', bundlesOf({ GPU: 2 }, { GPU: 2 }, { GPU: 2 })), nodes, nobody);
    expect(firstLine(text)).toContain('the bundles want {GPU: 6} together; all nodes have {GPU: 4}.');
  });

  it('says that no node has all of a bundle whose parts are on different nodes', () => {
    const nodes = [node('a', { GPU: 1 }), node('b', { CPU: 1 })];
    const text = explainPlacement(bundleSet('PACK', bundlesOf({ CPU: 1, GPU: 1 })), nodes, nobody);
    expect(firstLine(text)).toContain('bundle 0 wants {CPU: 1, GPU: 1}; no node has all of it.');
  });

  it('tells waiting from never', () => {
    const text = explainPlacement(
      bundleSet('PACK', bundlesOf({ GPU: 2 })),
      [node('a', { GPU: 2 }, { GPU: 1 })],
      nobody,
    );
    expect(firstLine(text)).toBe(
      'The PACK placement group waits for resources that others hold: bundle 0 wants {GPU: 2}; the largest node has {GPU: 1} left.',
    );
  });

  it('names the bundle by its index in the group, and its conditions on labels', () => {
    const bundles = [{ index: 3, resources: { CPU: 10_000 }, labelSelector: { zone: 'x' } }];
    const explain = (labels: Record<string, string>) =>
      firstLine(explainPlacement(bundleSet('PACK', [], { bundles }), [node('a', { GPU: 1 }, {}, { labels })], nobody));
    expect(explain({})).toContain('bundle 3 wants {CPU: 1} on a node with {zone: "x"}; no node has such labels.');
    expect(explain({ zone: 'x' })).toContain('on a node with {zone: "x"}; of those the largest node has {CPU: 0}.');
  });

  it('shows GPUs one by one when a request fits their sum only', () => {
    const used = node('a', { GPU: 2 }, { GPU: 1 }, { gpus: gpuShares(0.4, 0.6) });
    const text = explainPlacement(bundleSet('PACK', bundlesOf({ GPU: 1 })), [used], nobody);
    expect(text).toContain('{GPU: 1}, by GPU 0.4 + 0.6');
  });

  it('says that there are no nodes', () => {
    expect(explainPlacement(bundleSet('PACK', bundlesOf({ GPU: 2 })), [], nobody)).toContain(
      'no node that can take work',
    );
  });
});
