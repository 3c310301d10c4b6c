import { chooseSpinMicroseconds } from '../../../../src/channel/index.js';

describe('chooseSpinMicroseconds', () => {
  it('lets ranks spin that have a core each', () => {
    expect(chooseSpinMicroseconds(2, 2)).toBeGreaterThan(0);
  });

  it('lets no rank spin when they outnumber the cores', () => {
    expect(chooseSpinMicroseconds(3, 2)).toBe(0);
  });
});
