import {
  chooseLease,
  isStuck,
  isSurplus,
  type LeaseDemand,
  type LeaseLoad,
  missingLeases,
} from '../../../../../src/runtime/calls/lease-policy.js';

const IDLE: LeaseLoad = { numInFlight: 0, backlogMs: 0, lastProgressMs: 0 };
const busy = (numInFlight: number, backlogMs: number): LeaseLoad => ({ numInFlight, backlogMs, lastProgressMs: 0 });

describe('choosing a worker for a task', () => {
  it('gives an idle worker a task of any length', () => {
    expect(chooseLease([busy(1, 60_000), IDLE], 60_000)).toBe(IDLE);
    expect(chooseLease([busy(1, Infinity), IDLE], undefined)).toBe(IDLE);
  });

  it('sends nothing behind a long task, or behind one of unknown length', () => {
    expect(chooseLease([busy(1, 100)], 0.01)).toBeUndefined();
    expect(chooseLease([busy(1, Infinity)], 0.01)).toBeUndefined();
  });

  it('sends no long task, and none of unknown length, behind another one', () => {
    expect(chooseLease([busy(1, 0.01)], 100)).toBeUndefined();
    expect(chooseLease([busy(1, 0.01)], undefined)).toBeUndefined();
  });

  it('puts the shortest tasks together, up to a millisecond of work', () => {
    const [less, more] = [busy(10, 0.1), busy(50, 0.5)];
    expect(chooseLease([less, IDLE, more], 0.01)).toBe(more);
    expect(chooseLease([less, busy(100, 1)], 0.01)).toBe(less);
  });

  it('spreads what takes longer, and lets no worker have more than 5 ms ahead', () => {
    const [less, more] = [busy(1, 2), busy(2, 4)];
    expect(chooseLease([more, less], 2)).toBe(less);
    expect(chooseLease([busy(2, 4)], 2)).toBeUndefined();
  });

  it('never has more than a thousand tasks in flight on a worker', () => {
    expect(chooseLease([busy(1_000, 0)], 0)).toBeUndefined();
    expect(chooseLease([busy(999, 0)], 0)).toBeDefined();
  });

  it('finds none without leases', () => {
    expect(chooseLease([], 1)).toBeUndefined();
  });
});

describe('asking for workers', () => {
  const demand = (values: Partial<LeaseDemand>): LeaseDemand => ({
    numQueued: 0,
    meanTaskMs: undefined,
    numLeases: 0,
    numRequested: 0,
    ...values,
  });

  it('asks for one per task of unknown length, at most ten at a time', () => {
    expect(missingLeases(demand({ numQueued: 3 }))).toBe(3);
    expect(missingLeases(demand({ numQueued: 1_000 }))).toBe(10);
    expect(missingLeases(demand({ numQueued: 1_000, numRequested: 10 }))).toBe(0);
  });

  it('asks for the first worker however short the tasks are', () => {
    expect(missingLeases(demand({ numQueued: 1, meanTaskMs: 0 }))).toBe(1);
  });

  it('asks for another one per 20 ms of queued work', () => {
    expect(missingLeases(demand({ numQueued: 1_000, meanTaskMs: 0.01, numLeases: 1 }))).toBe(1);
    expect(missingLeases(demand({ numQueued: 6_000, meanTaskMs: 0.01, numLeases: 1 }))).toBe(3);
    expect(missingLeases(demand({ numQueued: 2, meanTaskMs: 10_000, numLeases: 1 }))).toBe(2);
  });

  it('takes back what it asked for when the queue is shorter than that', () => {
    expect(missingLeases(demand({ numQueued: 1, numLeases: 1, numRequested: 3 }))).toBe(-2);
    expect(missingLeases(demand({ numQueued: 0, numRequested: 3 }))).toBe(-3);
  });
});

describe('giving workers back', () => {
  it('keeps an idle lease for half a second', () => {
    expect(isSurplus(IDLE, 499, false)).toBe(false);
    expect(isSurplus(IDLE, 500, false)).toBe(true);
  });

  it('gives an idle lease back at once when others wait, and never a busy one', () => {
    expect(isSurplus(IDLE, 0, true)).toBe(true);
    expect(isSurplus(busy(1, 1), 10_000, true)).toBe(false);
  });
});

describe('taking tasks back', () => {
  it('does so when a worker with more than one has answered nothing for 50 ms', () => {
    expect(isStuck(busy(2, 0.1), 50)).toBe(true);
    expect(isStuck(busy(2, 0.1), 49)).toBe(false);
    expect(isStuck(busy(1, 0.1), 10_000)).toBe(false);
  });
});
