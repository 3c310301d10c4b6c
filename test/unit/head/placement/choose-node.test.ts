import { chooseNode } from '../../../../head/placement/choose-node.js';
import { toFixedPoint } from '../../../../src/core/index.js';
import { node } from '../../../support/node-snapshots.js';

const choose = (...args: Parameters<typeof chooseNode>): string => {
  const choice = chooseNode(...args);
  return choice.kind === 'placed' ? choice.nodeId : choice.kind;
};
const request = toFixedPoint({ CPU: 1 });

describe('chooseNode', () => {
  it('takes the first node by id while it is less than half used', () => {
    expect(choose(request, [node('b', { CPU: 4 }), node('a', { CPU: 8 }, { CPU: 5 })])).toBe('a');
  });

  it('takes the least used node when the others are half used', () => {
    expect(choose(request, [node('a', { CPU: 8 }, { CPU: 2 }), node('b', { CPU: 8 }, { CPU: 3 })])).toBe('b');
  });

  it('judges by the scarcest resource asked for, and by no other', () => {
    const nodes = [
      node('a', { CPU: 8, GPU: 4 }, { CPU: 8, GPU: 1 }),
      node('b', { CPU: 8, GPU: 4 }, { CPU: 1, GPU: 4 }),
    ];
    expect(choose(toFixedPoint({ GPU: 1 }), nodes)).toBe('b');
  });

  it('passes over nodes where the request does not fit now', () => {
    expect(choose(request, [node('a', { CPU: 8 }, { CPU: 0.5 }), node('b', { CPU: 1 })])).toBe('b');
  });

  it('tells a cluster that is busy from one that is too small', () => {
    const nodes = [node('a', { CPU: 2 }, { CPU: 0 })];
    expect(choose(toFixedPoint({ CPU: 2 }), nodes)).toBe('unavailable');
    expect(choose(toFixedPoint({ CPU: 3 }), nodes)).toBe('infeasible');
    expect(choose(request, [])).toBe('infeasible');
  });
});
