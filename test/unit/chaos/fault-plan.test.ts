import * as fc from 'fast-check';
import { type Fault, type FaultKind, targetsOf } from '../../chaos/plan/fault.js';
import { endOfFaults, type FaultPlanOptions, planFaults } from '../../chaos/plan/fault-plan.js';

const LEASE_MS = 3_000;
const TWO_MINUTES_MS = 120_000;

const plan = (options: Partial<FaultPlanOptions> = {}): Fault[] =>
  planFaults({ seed: 1, durationMs: TWO_MINUTES_MS, numHosts: 3, withCuts: true, leaseMs: LEASE_MS, ...options });

const count = (faults: readonly Fault[], ...kinds: FaultKind[]): number =>
  faults.filter(({ kind }) => kinds.includes(kind)).length;

const options = fc.record({
  seed: fc.nat(),
  durationMs: fc.integer({ min: 10_000, max: 600_000 }),
  numHosts: fc.integer({ min: 2, max: 5 }),
  withCuts: fc.boolean(),
});

describe('the plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plan({ seed: 7 })).toEqual(plan({ seed: 7 }));
    expect(plan({ seed: 7 })).not.toEqual(plan({ seed: 8 }));
  });

  it('has every kind in two minutes, whatever the seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const faults = plan({ seed });
        expect(faults.length).toBeGreaterThanOrEqual(25);
        expect(count(faults, 'kill-head')).toBeGreaterThanOrEqual(2);
        expect(count(faults, 'kill-redis')).toBeGreaterThanOrEqual(2);
        expect(count(faults, 'freeze-redis')).toBeGreaterThanOrEqual(1);
        expect(count(faults, 'kill-agent')).toBeGreaterThanOrEqual(3);
        expect(count(faults, 'cut-link')).toBeGreaterThanOrEqual(2);
        expect(count(faults, 'cut-between')).toBeGreaterThanOrEqual(1);
        expect(count(faults, 'kill-actor')).toBeGreaterThanOrEqual(5);
        expect(count(faults, 'kill-task-worker')).toBeGreaterThanOrEqual(3);
      }),
    );
  });

  it('cuts links for less than the lease, and for more', () => {
    const cuts = plan().filter(({ kind }) => kind === 'cut-link');
    expect(cuts.some(({ durationMs }) => durationMs < LEASE_MS)).toBe(true);
    expect(cuts.some(({ durationMs }) => durationMs > LEASE_MS)).toBe(true);
  });

  it('cuts nothing where the machine can not', () => {
    const faults = plan({ withCuts: false });
    expect(count(faults, 'cut-link', 'cut-between')).toBe(0);
    expect(faults.length).toBeGreaterThanOrEqual(15);
  });

  it('never takes away what is away', () => {
    fc.assert(
      fc.property(options, (given) => {
        const healedAtMs = new Map<string, number>();
        for (const fault of plan(given)) {
          for (const target of targetsOf(fault)) {
            expect(fault.atMs).toBeGreaterThan(healedAtMs.get(target) ?? -1);
            healedAtMs.set(target, fault.atMs + fault.durationMs);
          }
        }
      }),
    );
  });

  it('is in the order of time and hits hosts that are there', () => {
    fc.assert(
      fc.property(options, (given) => {
        const faults = plan(given);
        expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
        expect(faults.flatMap(({ hosts }) => hosts).every((host) => host < given.numHosts)).toBe(true);
        expect(faults.every(({ choice }) => choice >= 0 && choice < 1)).toBe(true);
      }),
    );
  });

  it('ends soon after its time', () => {
    const faults = plan({ durationMs: 600_000 });
    expect(endOfFaults(faults)).toBeGreaterThan(500_000);
    expect(endOfFaults(faults)).toBeLessThan(700_000);
    expect(endOfFaults([])).toBe(0);
  });
});
