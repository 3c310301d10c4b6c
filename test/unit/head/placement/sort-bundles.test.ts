import { sortBundles } from '../../../../head/placement/sort-bundles.js';
import type { Resources } from '../../../../src/core/index.js';

const sort = (...bundles: Resources[]): number[] =>
  sortBundles(bundles.map((resources) => ({ resources, labelSelector: {} })));

describe('sortBundles', () => {
  it('goes by GPU, then custom resources by name, then memory, then CPU', () => {
    expect(sort({ CPU: 9 }, { memory: 1 }, { zinc: 1 }, { alum: 1 }, { GPU: 1 })).toEqual([4, 3, 2, 1, 0]);
  });

  it('settles equal amounts by the next resource, and equals by their order', () => {
    expect(sort({ GPU: 1 }, { GPU: 1, CPU: 2 }, { GPU: 1 })).toEqual([1, 0, 2]);
  });
});
