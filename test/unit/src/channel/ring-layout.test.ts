import fc from 'fast-check';
import {
  frameUnits,
  maxPayloadBytes,
  planWrite,
  toCapacityUnits,
  unitsBetween,
} from '../../../../src/channel/ring-layout.js';

const ringsAndFrames = fc.integer({ min: 2, max: 1000 }).chain((capacityUnits) =>
  fc.record({
    capacityUnits: fc.constant(capacityUnits),
    units: fc.integer({ min: 1, max: capacityUnits }),
    position: fc.maxSafeNat(),
  }),
);

describe('planWrite', () => {
  it('never lets a frame cross the end of the data', () => {
    fc.assert(
      fc.property(ringsAndFrames, ({ capacityUnits, units, position }) => {
        const next = planWrite(position, capacityUnits, units);
        const start = position % capacityUnits;
        if (next.kind === 'frame') expect(start + units).toBeLessThanOrEqual(capacityUnits);
        else expect(start + next.units).toBe(capacityUnits);
      }),
    );
  });

  it('places a frame of the whole capacity at the start of the data', () => {
    expect(planWrite(16, 8, 8)).toEqual({ kind: 'frame', units: 8 });
  });

  it('skips to the start when the rest is too small', () => {
    expect(planWrite(13, 8, 4)).toEqual({ kind: 'skip', units: 3 });
  });
});

describe('frameUnits', () => {
  it('counts a unit of header and whole units of payload', () => {
    expect([0, 1, 64, 65].map(frameUnits)).toEqual([1, 2, 2, 3]);
  });

  it('fills the ring with the largest payload', () => {
    expect(frameUnits(maxPayloadBytes(100))).toBe(100);
  });
});

describe('toCapacityUnits', () => {
  it('drops what is left of a unit', () => {
    expect(toCapacityUnits(1000)).toBe(15);
  });

  it.each([0, 127, 1000.5, 2 ** 32])('refuses %p bytes', (capacityBytes) => {
    expect(() => toCapacityUnits(capacityBytes)).toThrow(expect.objectContaining({ code: 'RAY_INVALID_ARGUMENT' }));
  });
});

describe('unitsBetween', () => {
  it('counts on where 32 bits wrap', () => {
    const earlier = 2 ** 32 - 3;
    expect(unitsBetween(earlier | 0, earlier + 10)).toBe(10);
  });
});
