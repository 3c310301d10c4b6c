import {
  type ActorId,
  InvalidArgumentError,
  type LeaseId,
  type PlacementGroupId,
  type Resources,
  toFixedPoint,
} from '../../../../src/core/index.js';
import { type LeaseOutcome, ResourceLedger } from '../../../../worker/agent/resource-ledger.js';

const group = 'group-1' as PlacementGroupId;
const actor = (id: string): ActorId => id as ActorId;
const units = (quantities: Resources): Resources => toFixedPoint(quantities);

function createLedger(total: Resources, options: { gpuIds?: string[]; nowMs?: () => number } = {}): ResourceLedger {
  const clock = { now: options.nowMs ?? (() => 0) };
  return new ResourceLedger({ total: units(total), clock, ...(options.gpuIds ? { gpuIds: options.gpuIds } : {}) });
}

function prepareAndCommit(ledger: ResourceLedger, bundles: readonly Resources[]): void {
  for (const [index, bundle] of bundles.entries()) {
    expect(ledger.prepareBundle(group, index, units(bundle))).toBe(true);
    expect(ledger.commitBundle(group, index)).toBe(true);
  }
}

function lease(ledger: ResourceLedger, id: string, request: Resources, bundleIndex?: number): LeaseOutcome {
  const bundle = bundleIndex === undefined ? undefined : { placementGroupId: group, bundleIndex };
  return ledger.lease({ kind: 'actor', id: actor(id), resources: units(request), bundle });
}

const gpusOf = (outcome: LeaseOutcome): readonly string[] | string =>
  outcome.kind === 'leased' ? outcome.gpuIds : outcome.kind;

describe('ResourceLedger', () => {
  it('wants an id for each GPU', () => {
    expect(() => createLedger({ GPU: 2 }, { gpuIds: ['0'] })).toThrow(InvalidArgumentError);
    expect(() => createLedger({ GPU: 2 }, { gpuIds: ['0', '0'] })).toThrow(InvalidArgumentError);
  });

  describe('actors outside of placement groups', () => {
    it('get whole GPUs by their ids, in order', () => {
      const ledger = createLedger({ GPU: 3 }, { gpuIds: ['2', '5', 'GPU-a'] });
      expect(gpusOf(lease(ledger, 'a', { GPU: 2 }))).toEqual(['2', '5']);
      expect(gpusOf(lease(ledger, 'b', { GPU: 1 }))).toEqual(['GPU-a']);
    });

    it('share the fullest GPU that has room for their fraction', () => {
      const ledger = createLedger({ GPU: 2 });
      expect(gpusOf(lease(ledger, 'a', { GPU: 0.5 }))).toEqual(['0']);
      expect(gpusOf(lease(ledger, 'b', { GPU: 0.6 }))).toEqual(['1']);
      expect(gpusOf(lease(ledger, 'c', { GPU: 0.4 }))).toEqual(['1']);
      expect(gpusOf(lease(ledger, 'd', { GPU: 0.5 }))).toEqual(['0']);
    });

    it('wait while whole GPUs are broken into fractions', () => {
      const ledger = createLedger({ GPU: 2 });
      lease(ledger, 'a', { GPU: 0.6 });
      lease(ledger, 'b', { GPU: 0.6 });
      expect(lease(ledger, 'c', { GPU: 0.8 }).kind).toBe('unavailable');
      ledger.release(actor('a'));
      expect(gpusOf(lease(ledger, 'c', { GPU: 1 }))).toEqual(['0']);
    });

    it('are told when the node can never hold them', () => {
      expect(lease(createLedger({ CPU: 2 }), 'a', { CPU: 3 }).kind).toBe('infeasible');
      expect(lease(createLedger({ CPU: 2 }), 'a', { GPU: 1 }).kind).toBe('infeasible');
    });

    it('get the same lease again, and give it back once', () => {
      const ledger = createLedger({ CPU: 2, GPU: 1 });
      expect(lease(ledger, 'a', { GPU: 1 })).toEqual(lease(ledger, 'a', { GPU: 1 }));
      ledger.release(actor('a'));
      ledger.release(actor('a'));
      expect(ledger.snapshot().available).toEqual(units({ CPU: 2, GPU: 1 }));
    });

    it('get a lease of nothing when they ask for nothing', () => {
      expect(gpusOf(lease(createLedger({ CPU: 1 }), 'a', {}))).toEqual([]);
    });
  });

  describe('bundles', () => {
    it('take from the node when prepared and give back when returned', () => {
      const ledger = createLedger({ CPU: 4, GPU: 2 });
      expect(ledger.prepareBundle(group, 0, units({ CPU: 1, GPU: 1 }))).toBe(true);
      expect(ledger.snapshot().available).toEqual(units({ CPU: 3, GPU: 1 }));
      expect(ledger.returnBundle(group, 0)).toEqual([]);
      expect(ledger.snapshot().available).toEqual(units({ CPU: 4, GPU: 2 }));
    });

    it('are refused when they do not fit now', () => {
      const ledger = createLedger({ GPU: 1 });
      expect(ledger.prepareBundle(group, 0, units({ GPU: 1 }))).toBe(true);
      expect(ledger.prepareBundle(group, 1, units({ GPU: 1 }))).toBe(false);
      expect(ledger.commitBundle(group, 1)).toBe(false);
    });

    it('are prepared and committed once however often it is asked', () => {
      const ledger = createLedger({ GPU: 2 });
      for (const _again of [1, 2]) expect(ledger.prepareBundle(group, 0, units({ GPU: 1 }))).toBe(true);
      for (const _again of [1, 2]) expect(ledger.commitBundle(group, 0)).toBe(true);
      expect(ledger.prepareBundle(group, 0, units({ GPU: 1 }))).toBe(true);
      expect(gpusOf(lease(ledger, 'a', { GPU: 1 }, 0))).toEqual(['0']);
      expect(ledger.snapshot().available).toEqual({ GPU: 10_000 });
    });

    it('tell their GPUs', () => {
      const ledger = createLedger({ GPU: 3 });
      prepareAndCommit(ledger, [{ GPU: 1 }, { GPU: 2 }]);
      expect(ledger.gpuIdsOfBundle(group, 1)).toEqual(['1', '2']);
      expect(ledger.gpuIdsOfBundle(group, 7)).toEqual([]);
    });

    it('keep their GPUs', () => {
      const ledger = createLedger({ GPU: 4 });
      prepareAndCommit(ledger, [{ GPU: 1 }, { GPU: 1 }, { GPU: 1 }, { GPU: 1 }]);
      for (const index of [3, 1, 2, 0]) {
        expect(gpusOf(lease(ledger, `a${index}`, { GPU: 0.5 }, index))).toEqual([String(index)]);
      }
      ledger.release(actor('a3'));
      expect(gpusOf(lease(ledger, 'b3', { GPU: 1 }, 3))).toEqual(['3']);
    });

    it('expire only while they are prepared and not committed', () => {
      let nowMs = 0;
      const ledger = createLedger({ CPU: 4 }, { nowMs: () => nowMs });
      ledger.prepareBundle(group, 0, units({ CPU: 1 }));
      ledger.prepareBundle(group, 1, units({ CPU: 1 }));
      ledger.commitBundle(group, 1);
      nowMs = 30;
      ledger.prepareBundle(group, 2, units({ CPU: 1 }));
      expect(ledger.listExpiredBundles(30)).toEqual([{ placementGroupId: group, bundleIndex: 0 }]);
      ledger.prepareBundle(group, 0, units({ CPU: 1 }));
      expect(ledger.listExpiredBundles(30)).toEqual([]);
    });
  });

  describe('actors in bundles', () => {
    it('share the GPU of their bundle by halves', () => {
      const ledger = createLedger({ GPU: 2 });
      prepareAndCommit(ledger, [{ GPU: 1 }, { GPU: 1 }]);
      expect(gpusOf(lease(ledger, 'a', { GPU: 0.5 }, 1))).toEqual(['1']);
      expect(gpusOf(lease(ledger, 'b', { GPU: 0.5 }, 1))).toEqual(['1']);
      expect(lease(ledger, 'c', { GPU: 0.5 }, 1).kind).toBe('unavailable');
    });

    it('take the first bundle with room for index -1', () => {
      const ledger = createLedger({ CPU: 4 });
      prepareAndCommit(ledger, [{ CPU: 1 }, { CPU: 2 }]);
      const indexes = ['a', 'b', 'c'].map((id) => lease(ledger, id, { CPU: 1 }, -1));
      expect(indexes).toMatchObject([{ bundleIndex: 0 }, { bundleIndex: 1 }, { bundleIndex: 1 }]);
      expect(lease(ledger, 'd', { CPU: 1 }, -1).kind).toBe('unavailable');
    });

    it('never take from two bundles together, nor from the rest of the node', () => {
      const ledger = createLedger({ CPU: 8 });
      prepareAndCommit(ledger, [{ CPU: 1 }, { CPU: 1 }]);
      expect(lease(ledger, 'a', { CPU: 2 }, -1).kind).toBe('infeasible');
      expect(lease(ledger, 'a', { CPU: 2 }, 0).kind).toBe('infeasible');
    });

    it('find no bundle before its commit and after its return', () => {
      const ledger = createLedger({ CPU: 8 });
      ledger.prepareBundle(group, 0, units({ CPU: 1 }));
      expect(lease(ledger, 'a', { CPU: 1 }, 0).kind).toBe('no-bundle');
      ledger.commitBundle(group, 0);
      ledger.returnBundle(group, 0);
      expect(lease(ledger, 'a', { CPU: 1 }, 0).kind).toBe('no-bundle');
    });
  });

  describe('a bundle that is returned while actors hold it', () => {
    it('names them, and frees its GPU when the last of them is released', () => {
      const ledger = createLedger({ GPU: 1 });
      prepareAndCommit(ledger, [{ GPU: 1 }]);
      lease(ledger, 'a', { GPU: 0.5 }, 0);
      lease(ledger, 'b', { GPU: 0.5 }, 0);
      expect(ledger.returnBundles(group)).toEqual(['a', 'b']);
      ledger.release(actor('a'));
      expect(lease(ledger, 'c', { GPU: 0.5 }).kind).toBe('unavailable');
      ledger.release(actor('b'));
      expect(gpusOf(lease(ledger, 'c', { GPU: 1 }))).toEqual(['0']);
    });

    it('takes no new actor, and is not prepared again before it is free', () => {
      const ledger = createLedger({ GPU: 2 });
      prepareAndCommit(ledger, [{ GPU: 1 }]);
      lease(ledger, 'a', { GPU: 0.5 }, 0);
      ledger.returnBundle(group, 0);
      expect(lease(ledger, 'b', { GPU: 0.5 }, 0).kind).toBe('no-bundle');
      expect(ledger.prepareBundle(group, 0, units({ GPU: 1 }))).toBe(false);
      expect(ledger.commitBundle(group, 0)).toBe(false);
      ledger.release(actor('a'));
      expect(ledger.prepareBundle(group, 0, units({ GPU: 1 }))).toBe(true);
    });
  });

  describe('a lease whose task waits for others', () => {
    const holder = { kind: 'lease', id: 'l1' as LeaseId, resources: units({ CPU: 2, GPU: 1 }) } as const;

    it('gives its CPUs to others, and keeps its GPUs', () => {
      const ledger = createLedger({ CPU: 2, GPU: 1 });
      ledger.lease(holder);
      expect(ledger.lendCpus(holder.id)).toEqual(units({ GPU: 1 }));
      expect(ledger.lendCpus(holder.id)).toEqual(units({ GPU: 1 }));
      expect(lease(ledger, 'a', { GPU: 1 }).kind).toBe('unavailable');
      expect(lease(ledger, 'a', { CPU: 2 }).kind).toBe('leased');
    });

    it('goes on though others have its CPUs by then; no more are given out before all is back', () => {
      const ledger = createLedger({ CPU: 2, GPU: 1 });
      ledger.lease(holder);
      ledger.lendCpus(holder.id);
      lease(ledger, 'a', { CPU: 1 });
      expect(ledger.takeBackCpus(holder.id)).toEqual(units({ CPU: 2, GPU: 1 }));
      expect(ledger.snapshot().available).toEqual({ CPU: -10_000, GPU: 0 });
      expect(lease(ledger, 'b', { CPU: 0.5 }).kind).toBe('unavailable');
      expect(lease(ledger, 'b', {}).kind).toBe('leased');
      ledger.release(holder.id);
      expect(ledger.snapshot().available).toEqual(units({ CPU: 1, GPU: 1 }));
    });

    it('takes them from its bundle, and gives them back there', () => {
      const ledger = createLedger({ CPU: 2, GPU: 1 });
      prepareAndCommit(ledger, [{ CPU: 2, GPU: 1 }]);
      ledger.lease({ ...holder, bundle: { placementGroupId: group, bundleIndex: 0 } });
      ledger.lendCpus(holder.id);
      expect(lease(ledger, 'outside', { CPU: 1 }).kind).toBe('unavailable');
      expect(lease(ledger, 'inside', { CPU: 2 }, 0).kind).toBe('leased');
      ledger.release(holder.id);
      ledger.release(actor('inside'));
      expect(ledger.returnBundles(group)).toEqual([]);
      expect(ledger.snapshot().available).toEqual(units({ CPU: 2, GPU: 1 }));
    });
  });

  it('takes in an actor only where what its placement needs is free, and lets it hold nothing of that', () => {
    const ledger = createLedger({ CPU: 1 });
    const idle = { kind: 'actor', resources: {}, placementResources: units({ CPU: 1 }) } as const;
    expect(ledger.lease({ ...idle, id: actor('a') }).kind).toBe('leased');
    expect(lease(ledger, 'b', { CPU: 1 }).kind).toBe('leased');
    expect(ledger.lease({ ...idle, id: actor('c') }).kind).toBe('unavailable');
  });

  it('counts the age of prepared bundles anew when it is told to', () => {
    let nowMs = 0;
    const ledger = createLedger({ CPU: 1 }, { nowMs: () => nowMs });
    ledger.prepareBundle(group, 0, units({ CPU: 1 }));
    nowMs = 90;
    ledger.renewPreparedBundles();
    nowMs = 100;
    expect(ledger.listExpiredBundles(100)).toEqual([]);
    nowMs = 190;
    expect(ledger.listExpiredBundles(100)).toHaveLength(1);
  });

  it('lists who holds what', () => {
    const ledger = createLedger({ CPU: 4, GPU: 2 });
    prepareAndCommit(ledger, [{ CPU: 1, GPU: 1 }]);
    lease(ledger, 'inside', { GPU: 0.5 }, 0);
    lease(ledger, 'outside', { CPU: 2, GPU: 1 });
    expect(ledger.snapshot()).toEqual({
      total: units({ CPU: 4, GPU: 2 }),
      available: { CPU: 10_000, GPU: 0 },
      holders: [
        {
          kind: 'bundle',
          id: group,
          description: 'bundle 0 of placement group group-1 (COMMITTED)',
          resources: units({ CPU: 1, GPU: 1 }),
          gpuIds: ['0'],
        },
        {
          kind: 'actor',
          id: 'inside',
          description: 'actor inside in bundle 0 of placement group group-1',
          resources: units({ GPU: 0.5 }),
          gpuIds: ['0'],
        },
        {
          kind: 'actor',
          id: 'outside',
          description: 'actor outside',
          resources: units({ CPU: 2, GPU: 1 }),
          gpuIds: ['1'],
        },
      ],
    });
  });
});
