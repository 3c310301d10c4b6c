import { ResourceBook } from '../../../../head/placement/resource-book.js';
import { sumPool, toFixedPoint } from '../../../../src/core/index.js';

const hold = (poolId: string, resources: Record<string, number>, gpuIds?: string[]) => ({
  poolId,
  resources: toFixedPoint(resources),
  gpuIds,
});

describe('ResourceBook', () => {
  let book: ResourceBook;
  const free = (poolId = 'n1') => sumPool(book.freeOf(poolId));
  const freeGpus = (poolId = 'n1') =>
    Object.fromEntries(book.freeOf(poolId).gpus.map(({ gpuId, units }) => [gpuId, units / 10_000]));

  beforeEach(() => {
    book = new ResourceBook();
    book.setPool('n1', toFixedPoint({ CPU: 4, GPU: 2 }));
  });

  it('takes what a holder has now, instead of what it had', () => {
    book.hold('a', hold('n1', { CPU: 1 }));
    book.hold('a', hold('n1', { CPU: 3 }));
    expect(free()).toEqual({ CPU: 10_000, GPU: 20_000 });
    book.release('a');
    book.release('a');
    expect(free()).toEqual({ CPU: 40_000, GPU: 20_000 });
  });

  it('gives fractions of GPUs as the agent does, and corrects itself by what the agent says', () => {
    book.hold('a', hold('n1', { GPU: 0.5 }));
    book.hold('b', hold('n1', { GPU: 0.5 }));
    expect(freeGpus()).toEqual({ 0: 0, 1: 1 });
    book.hold('b', hold('n1', { GPU: 0.5 }, ['1']));
    expect(freeGpus()).toEqual({ 0: 0.5, 1: 0.5 });
    book.release('a');
    expect(freeGpus()).toEqual({ 0: 1, 1: 0.5 });
  });

  it('learns the names of GPUs from those who have them', () => {
    book.hold('a', hold('n1', { GPU: 1 }, ['GPU-uuid']));
    book.hold('b', hold('n1', { GPU: 0.5 }));
    expect(freeGpus()).toEqual({ 'GPU-uuid': 0, 1: 0.5 });
  });

  it('lets a pool be overdrawn, and recover', () => {
    book.hold('a', hold('n1', { CPU: 3, GPU: 2 }));
    book.hold('b', hold('n1', { CPU: 3, GPU: 1 }));
    expect(free()).toEqual({ CPU: -20_000, GPU: -10_000 });
    book.release('a');
    expect(free()).toEqual({ CPU: 10_000, GPU: 10_000 });
  });

  it('changes what a pool has under those who hold some of it', () => {
    book.hold('a', hold('n1', { CPU: 1 }));
    book.setPool('n1', toFixedPoint({ CPU: 8 }));
    expect(free()).toEqual({ CPU: 70_000 });
  });

  it('forgets holders with their pool, and takes none without one', () => {
    book.hold('a', hold('n1', { CPU: 1 }));
    book.dropPool('n1');
    book.hold('b', hold('n1', { CPU: 1 }));
    book.setPool('n1', toFixedPoint({ CPU: 4 }));
    book.release('a');
    book.release('b');
    expect(free()).toEqual({ CPU: 40_000 });
    expect(book.holdersOf('n1').size).toBe(0);
  });
});
