import { type BundleHost, reserveBundles } from '../../../../head/placement/two-phase-commit.js';
import type { NodeId, PlacementGroupId } from '../../../../src/core/index.js';

const GROUP = 'g1' as PlacementGroupId;
const CPU = { CPU: 10_000 };

/** Two bundles on n1 and one on n2. */
const reservation = {
  placementGroupId: GROUP,
  bundles: [
    { index: 0, resources: CPU, nodeId: 'n1' as NodeId },
    { index: 3, resources: CPU, nodeId: 'n1' as NodeId },
    { index: 4, resources: CPU, nodeId: 'n2' as NodeId },
  ],
};

describe('reserveBundles', () => {
  let trace: string[];
  let failing: Set<string>;
  let refusing: Set<string>;

  const ask = async (nodeId: string, request: string, indexes: readonly number[]): Promise<boolean> => {
    const key = `${nodeId} ${request}`;
    trace.push(`${key} [${indexes.join(' ')}]`);
    if (failing.has(key)) throw new Error('no answer');
    return !refusing.has(key);
  };
  const hostOf = (nodeId: NodeId): BundleHost => ({
    prepare: async (_id, bundles) => {
      const indexes = bundles.map(({ index }) => index);
      const isDone = await ask(nodeId, 'prepare', indexes);
      return isDone ? indexes.map((index) => [`${nodeId}-gpu-of-${index}`]) : undefined;
    },
    commit: async (_id, indexes) => {
      await ask(nodeId, 'commit', indexes);
    },
    giveBack: async (_id, indexes) => {
      await ask(nodeId, 'give-back', indexes);
    },
  });
  const reserve = (onPrepared = async (): Promise<void> => void trace.push('durable')) =>
    reserveBundles(reservation, hostOf, onPrepared);

  beforeEach(() => {
    trace = [];
    failing = new Set();
    refusing = new Set();
  });

  it('prepares everywhere, makes the decision durable, and only then commits', async () => {
    expect(await reserve()).toEqual({ kind: 'committed', lostNodeIds: [] });
    expect(trace).toEqual(['n1 prepare [0 3]', 'n2 prepare [4]', 'durable', 'n1 commit [0 3]', 'n2 commit [4]']);
  });

  it('tells the GPUs of each bundle with the decision', async () => {
    let told: ReadonlyMap<number, readonly string[]> = new Map();
    await reserveBundles(reservation, hostOf, async (gpuIds) => {
      told = gpuIds;
    });
    expect([...told]).toEqual([
      [0, ['n1-gpu-of-0']],
      [3, ['n1-gpu-of-3']],
      [4, ['n2-gpu-of-4']],
    ]);
  });

  it('gives everything back that it asked for when one node refuses, and says which', async () => {
    refusing.add('n2 prepare');
    expect(await reserve()).toEqual({ kind: 'refused', reason: 'node n2 has no room left' });
    expect(trace.slice(2)).toEqual(['n1 give-back [0 3]', 'n2 give-back [4]']);
  });

  it('gives back at a node that did not answer its prepare: it may have prepared', async () => {
    failing.add('n1 prepare');
    failing.add('n2 prepare');
    failing.add('n1 give-back');
    expect(await reserve()).toEqual({
      kind: 'refused',
      reason: 'node n1 failed to prepare: no answer; node n2 failed to prepare: no answer',
    });
    expect(trace.slice(2)).toEqual(['n1 give-back [0 3]', 'n2 give-back [4]']);
  });

  it('gives everything back and goes on with the error when the decision can not be made durable', async () => {
    const failed = reserve(async () => {
      throw new Error('the store is gone');
    });
    await expect(failed).rejects.toThrow('the store is gone');
    expect(trace.slice(2)).toEqual(['n1 give-back [0 3]', 'n2 give-back [4]']);
  });

  it('loses the bundles of a node that does not commit, which gives them back, and keeps the others', async () => {
    failing.add('n1 commit');
    expect(await reserve()).toEqual({ kind: 'committed', lostNodeIds: ['n1'] });
    expect(trace.slice(-1)).toEqual(['n1 give-back [0 3]']);
  });

  it('takes a node that is not there for one that does not answer', async () => {
    const outcome = await reserveBundles(
      reservation,
      (nodeId) => {
        if (nodeId === 'n2') throw new Error('Node n2 is not alive.');
        return hostOf(nodeId);
      },
      async () => undefined,
    );
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'node n2 failed to prepare: Node n2 is not alive.' });
    expect(trace).toEqual(['n1 prepare [0 3]', 'n1 give-back [0 3]']);
  });
});
