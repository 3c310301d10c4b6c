import fc from 'fast-check';
import { treeNeighbours } from '../../../../src/collective/algorithms.js';
import { CollectiveGroup } from '../../../../src/collective/collective-group.js';
import type { ReduceOp } from '../../../../src/collective/reduce-op.js';
import { memoryLinks } from './memory-links.js';

function groupOf(worldSize: number, timeoutMs = 10_000): CollectiveGroup[] {
  return memoryLinks(worldSize).map(
    (links, rank) => new CollectiveGroup({ name: 'g', rank, worldSize, links, timeoutMs }),
  );
}

const reducers: Readonly<Record<ReduceOp, (left: number, right: number) => number>> = {
  SUM: (left, right) => left + right,
  PRODUCT: (left, right) => left * right,
  MIN: (left, right) => Math.min(left, right),
  MAX: (left, right) => Math.max(left, right),
};

const worlds = fc.integer({ min: 1, max: 9 });
const lengths = fc.integer({ min: 0, max: 50 });

/** Whole numbers, so that sums do not depend on the order of adding. */
const elementOf = (rank: number, index: number): number => ((rank * 7 + index * 3) % 5) + 1;

const tensorOf = (rank: number, length: number): Int32Array =>
  Int32Array.from({ length }, (_, index) => elementOf(rank, index));

describe('a collective group', () => {
  it('reduces the tensors of all ranks at every rank', async () => {
    const ops = fc.constantFrom<ReduceOp>('SUM', 'PRODUCT', 'MIN', 'MAX');
    await fc.assert(
      fc.asyncProperty(worlds, lengths, ops, async (worldSize, length, op) => {
        const tensors = groupOf(worldSize).map(({ rank }) => tensorOf(rank, length));
        const groups = groupOf(worldSize);
        await Promise.all(groups.map((group, rank) => group.allReduce(tensors[rank]!, op)));
        const expected = Int32Array.from({ length }, (_, index) =>
          Array.from({ length: worldSize }, (__, rank) => elementOf(rank, index)).reduce(reducers[op]),
        );
        for (const tensor of tensors) expect(tensor).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('gathers the tensors of all ranks, in order of rank', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, lengths, async (worldSize, length) => {
        const results = await Promise.all(
          groupOf(worldSize).map((group) => group.allGather(tensorOf(group.rank, length))),
        );
        const expected = Array.from({ length: worldSize }, (_, rank) => tensorOf(rank, length));
        for (const gathered of results) expect(gathered).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('reduces and scatters: each rank gets the reduction of what all gave for it', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, lengths, async (worldSize, length) => {
        const results = await Promise.all(
          groupOf(worldSize).map((group) =>
            group.reduceScatter(
              Array.from({ length: worldSize }, (_, target) =>
                Float64Array.from({ length }, (__, index) => elementOf(group.rank, index) * (target + 1)),
              ),
            ),
          ),
        );
        for (const [rank, result] of results.entries()) {
          const sums = Float64Array.from({ length }, (_, index) =>
            Array.from({ length: worldSize }, (__, from) => elementOf(from, index)).reduce(reducers.SUM),
          );
          expect(result).toEqual(sums.map((sum) => sum * (rank + 1)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('brings the tensor of any root to every rank, and reduces at any root', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.nat(), lengths, async (worldSize, seed, length) => {
        const root = seed % worldSize;
        const groups = groupOf(worldSize);
        const copies = groups.map(({ rank }) => (rank === root ? tensorOf(root, length) : new Int32Array(length)));
        await Promise.all(groups.map((group, rank) => group.broadcast(copies[rank]!, root)));
        for (const copy of copies) expect(copy).toEqual(tensorOf(root, length));
        await Promise.all(groups.map((group, rank) => group.reduce(copies[rank]!, root)));
        expect(copies[root]).toEqual(tensorOf(root, length).map((element) => element * worldSize));
      }),
      { numRuns: 60 },
    );
  });

  it('lets nobody past a barrier before all have come', async () => {
    const groups = groupOf(5);
    const passed: number[] = [];
    const waits = groups.slice(0, 4).map((group) => group.barrier().then(() => passed.push(group.rank)));
    await new Promise(setImmediate);
    expect(passed).toEqual([]);
    await Promise.all([...waits, groups[4]!.barrier()]);
    expect(passed).toHaveLength(4);
  });

  it('carries tensors from one rank to another, in order', async () => {
    const [zero, one] = groupOf(2);
    const [first, second] = [new Float32Array(30), new Float32Array(2)];
    const sent = [zero!.send(new Float32Array(30).fill(1.5), 1), zero!.send(Float32Array.of(2, 3), 1)];
    await one!.recv(first, 0);
    await one!.recv(second, 0);
    await Promise.all(sent);
    expect([first[29], ...second]).toEqual([1.5, 2, 3]);
  });

  it('runs operations that are called without waiting one after the other', async () => {
    const results = await Promise.all(
      groupOf(3).map(async (group) => {
        const tensors = [Int32Array.of(group.rank), Int32Array.of(10 * group.rank)];
        await Promise.all([group.allReduce(tensors[0]!), group.barrier(), group.allReduce(tensors[1]!)]);
        return tensors.map((tensor) => tensor[0]);
      }),
    );
    expect(results).toEqual([
      [3, 30],
      [3, 30],
      [3, 30],
    ]);
  });

  it('gives up on a rank that does not come, and is of no use then', async () => {
    const [zero] = groupOf(2, 1);
    const message = /allReduce of group g was not done at rank 0 within 1 ms/;
    await expect(zero!.allReduce(new Float32Array(4))).rejects.toThrow(message);
    await expect(zero!.barrier()).rejects.toThrow(message);
  });

  it('refuses ranks that are not there and what is no tensor', () => {
    const [zero] = groupOf(2);
    expect(() => zero!.broadcast(new Float32Array(1), 2)).toThrow('ranks 0 to 1, not 2');
    expect(() => zero!.send(new Float32Array(1), 0)).toThrow("can't send to itself");
    expect(() => zero!.allReduce([1, 2] as never)).toThrow('must be a typed array');
    expect(() => zero!.allReduce(new BigInt64Array(1) as never)).toThrow('must be a typed array');
    expect(() => zero!.reduceScatter([new Float32Array(1)])).toThrow('needs 2 tensors');
  });
});

describe('treeNeighbours', () => {
  it('makes one tree of all ranks, whatever the root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (worldSize, seed) => {
        const root = seed % worldSize;
        const reached = new Set<number>();
        const visit = (rank: number): void => {
          expect(reached.has(rank)).toBe(false);
          reached.add(rank);
          for (const child of treeNeighbours(rank, worldSize, root).children) {
            expect(treeNeighbours(child, worldSize, root).parent).toBe(rank);
            visit(child);
          }
        };
        visit(root);
        expect(reached.size).toBe(worldSize);
      }),
    );
  });
});
