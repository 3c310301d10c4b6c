import fc from 'fast-check';
import {
  type ActorId,
  addResources,
  type PlacementGroupId,
  type Resources,
  sumPool,
  UNITS_PER_GPU,
} from '../../../../src/core/index.js';
import {
  commitBundle,
  createLedgerState,
  findBundles,
  heldNow,
  holdersInBundle,
  type LedgerState,
  leaseResources,
  lendCpus,
  prepareBundle,
  releaseHolder,
  returnBundle,
  takeBackCpus,
} from '../../../../worker/agent/resource-ledger-state.js';

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
const stepWithoutLoans: fc.Arbitrary<(state: LedgerState) => LedgerState> = fc.oneof(
  fc.tuple(bundleId, request).map(
    ([id, r]) =>
      (s: LedgerState) =>
        prepareBundle(s, id, r, 0) ?? s,
  ),
  bundleId.map((id) => (s: LedgerState) => commitBundle(s, id) ?? s),
  bundleId.map((id) => (s: LedgerState) => returnBundle(s, id)),
  actorId.map((id) => (s: LedgerState) => releaseHolder(s, id)),

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

const step: fc.Arbitrary<(state: LedgerState) => LedgerState> = fc.oneof(
  stepWithoutLoans,
  actorId.map((id) => (s: LedgerState) => lendCpus(s, id)),
  actorId.map((id) => (s: LedgerState) => takeBackCpus(s, id)),
);

function lease(
  state: LedgerState,
  id: ActorId,
  resources: Resources,
  bundle: { placementGroupId: PlacementGroupId; bundleIndex: number } | undefined,
): LedgerState {
  if (state.holders.has(id)) return state;
  const entry = bundle && findBundles(state, bundle)[0];
  if (bundle !== undefined && entry === undefined) return state;
  return leaseResources(state, { kind: 'actor', id }, resources, entry) ?? state;
}

/** What is there: none of it is in two hands, and all of it in one. */
function expectAllAccountedFor(state: LedgerState): void {
  const bundles = [...state.bundles.values()];
  const loners = [...state.holders.values()].filter(({ bundle }) => bundle === undefined);
  const held = [...bundles.map(({ allocation }) => sumPool(allocation)), ...loners.map(heldNow)];
  expect(held.reduce(addResources, sumPool(state.pool))).toEqual(total);
  const allocations = [...bundles, ...loners].map(({ allocation }) => allocation);
  for (const { gpuId, units } of state.pool.gpus) {
    const taken = allocations.flatMap(({ gpus }) => gpus.filter((gpu) => gpu.gpuId === gpuId));
    expect(units).toBeGreaterThanOrEqual(0);
    expect(taken.reduce((sum, gpu) => sum + gpu.units, units)).toBe(UNITS_PER_GPU);
  }
  for (const bundle of bundles) {
    const inside = holdersInBundle(state, bundle).map((id) => state.holders.get(id)!);
    const none = { CPU: 0, GPU: 0 };
    const all = inside.map(heldNow).reduce(addResources, sumPool(bundle.pool));
    expect({ ...none, ...all }).toEqual({ ...none, ...sumPool(bundle.allocation) });
    const own = new Set(bundle.allocation.gpus.map(({ gpuId }) => gpuId));
    for (const gpu of inside.flatMap(({ allocation }) => allocation.gpus)) expect(own).toContain(gpu.gpuId);
  }
}

/** Nobody took back the CPUs that it had lent: then no more is given out than there is. */
function expectNothingOverdrawn(state: LedgerState): void {
  for (const units of Object.values(sumPool(state.pool))) expect(units).toBeGreaterThanOrEqual(0);
}

describe('the ledger, over any history', () => {
  it('accounts for all that there is, of the node, of every GPU, and of every bundle', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = createLedgerState(total);
        for (const apply of steps) {
          state = apply(state);
          expectAllAccountedFor(state);
        }
      }),
    );
  });

  it('gives out no more than there is, but for CPUs that were lent and taken back', () => {
    fc.assert(
      fc.property(fc.array(stepWithoutLoans, { maxLength: 40 }), (steps) => {
        let state = createLedgerState(total);
        for (const apply of steps) {
          state = apply(state);
          expectNothingOverdrawn(state);
        }
      }),
    );
  });

  it('has everything again when all is released and returned', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = steps.reduce((current, apply) => apply(current), createLedgerState(total));
        for (const bundle of state.bundles.values()) state = returnBundle(state, bundle);
        for (const id of state.holders.keys()) state = releaseHolder(state, id);
        expect(state).toEqual(createLedgerState(total));
      }),
    );
  });
});
