import { chooseSpinMicroseconds, isWorthSpinning } from '../../../../src/channel/spin-time.js';

describe('chooseSpinMicroseconds', () => {
  it('lets ranks spin that have a core each', () => {
    expect(chooseSpinMicroseconds(2, 2)).toBeGreaterThan(0);
  });

  it('lets no rank spin when they outnumber the cores', () => {
    expect(chooseSpinMicroseconds(3, 2)).toBe(0);
  });
});

describe('isWorthSpinning', () => {
  it('holds after a wait that spinning answered', () => {
    expect(isWorthSpinning(0)).toBe(true);
  });

  it('is given up after vain spins and tried again now and then', () => {
    const tries = Array.from({ length: 100 }, (_, numVainWaits) => isWorthSpinning(numVainWaits)).filter(Boolean);
    expect(tries.length).toBeGreaterThan(3);
    expect(tries.length).toBeLessThan(10);
  });
});
