import fc from 'fast-check';
import { type ActorId, addResources, fits, type PlacementGroupId, type Resources } from '../../../../src/core/index.js';
import { UNITS_PER_GPU } from '../../../../worker/agent/gpu-allocation.js';
import {
  actorsInBundle,
  commitBundle,
  createLedgerState,
  findBundles,
  type LedgerState,
  leaseResources,
  prepareBundle,
  releaseActor,
  returnBundle,
} from '../../../../worker/agent/resource-ledger-state.js';
import { sumPool } from '../../../../worker/agent/resource-pool.js';

const total = { CPU: 4 * UNITS_PER_GPU, GPU: 3 * UNITS_PER_GPU };
const request = fc.record({
  CPU: fc.constantFrom(0, 5_000, 10_000),
  GPU: fc.constantFrom(0, 2_500, 5_000, 7_500, 10_000, 20_000),
});
const bundleId = fc.record({
  placementGroupId: fc.constantFrom('g', 'h').map((id) => id as PlacementGroupId),
  bundleIndex: fc.integer({ min: 0, max: 2 }),
});
const actorId = fc.integer({ min: 0, max: 5 }).map((id) => `actor-${id}` as ActorId);

/** One step of a random history; steps that the ledger refuses leave it as it is. */
const step: fc.Arbitrary<(state: LedgerState) => LedgerState> = fc.oneof(
  fc.tuple(bundleId, request).map(
    ([id, r]) =>
      (s: LedgerState) =>
        prepareBundle(s, id, r, 0) ?? s,
  ),
  bundleId.map((id) => (s: LedgerState) => commitBundle(s, id) ?? s),
  bundleId.map((id) => (s: LedgerState) => returnBundle(s, id)),
  actorId.map((id) => (s: LedgerState) => releaseActor(s, id)),
  fc.tuple(actorId, request).map(
    ([id, r]) =>
      (s: LedgerState) =>
        lease(s, id, r, undefined),
  ),
  fc.tuple(actorId, request, bundleId).map(
    ([id, r, bundle]) =>
      (s: LedgerState) =>
        lease(s, id, r, bundle),
  ),
);

function lease(
  state: LedgerState,
  id: ActorId,
  resources: Resources,
  bundle: { placementGroupId: PlacementGroupId; bundleIndex: number } | undefined,
): LedgerState {
  if (state.actors.has(id)) return state;
  const entry = bundle && findBundles(state, bundle)[0];
  if (bundle !== undefined && entry === undefined) return state;
  return leaseResources(state, id, resources, entry) ?? state;
}

function expectNothingOversubscribed(state: LedgerState): void {
  const bundles = [...state.bundles.values()];
  const loners = [...state.actors.values()].filter(({ bundle }) => bundle === undefined);
  const holders = [...bundles, ...loners].map(({ allocation }) => allocation);
  expect(holders.map(sumPool).reduce(addResources, sumPool(state.pool))).toEqual(total);
  for (const { gpuId, units } of state.pool.gpus) {
    const held = holders.flatMap(({ gpus }) => gpus.filter((gpu) => gpu.gpuId === gpuId));
    expect(units).toBeGreaterThanOrEqual(0);
    expect(held.reduce((sum, gpu) => sum + gpu.units, units)).toBe(UNITS_PER_GPU);
  }
  for (const bundle of bundles) {
    const inside = actorsInBundle(state, bundle).map(
      (id) => state.actors.get(id)?.allocation ?? { amounts: {}, gpus: [] },
    );
    expect(fits(inside.map(sumPool).reduce(addResources, {}), sumPool(bundle.allocation))).toBe(true);
    const own = new Set(bundle.allocation.gpus.map(({ gpuId }) => gpuId));
    for (const gpu of inside.flatMap(({ gpus }) => gpus)) expect(own).toContain(gpu.gpuId);
  }
}

describe('the ledger, over any history', () => {
  it('never gives out more than there is, of the node, of a GPU, or of a bundle', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = createLedgerState(total);
        for (const apply of steps) {
          state = apply(state);
          expectNothingOversubscribed(state);
        }
      }),
    );
  });

  it('has everything again when all is released and returned', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = steps.reduce((current, apply) => apply(current), createLedgerState(total));
        for (const bundle of state.bundles.values()) state = returnBundle(state, bundle);
        for (const id of state.actors.keys()) state = releaseActor(state, id);
        expect(state).toEqual(createLedgerState(total));
      }),
    );
  });
});
