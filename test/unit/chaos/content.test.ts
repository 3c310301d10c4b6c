import { contentOf, requireContent, sizes } from '../../chaos/load/content.js';

describe('the content of an object', () => {
  it.each(sizes)('is right as it was made (%s)', (size) => {
    expect(() => requireContent(contentOf(size, 3), size, 3)).not.toThrow();
  });

  it('is wrong when it is that of another object, when a number differs, and when one is missing', () => {
    expect(() => requireContent(contentOf('small', 4), 'small', 3)).toThrow(/^number 0 is 2000, not 1500$/);
    const damaged = contentOf('small', 3);
    damaged[499] = 0;
    expect(() => requireContent(damaged, 'small', 3)).toThrow(/^number 499 is 0, not 1999$/);
    expect(() => requireContent(contentOf('small', 3).subarray(1), 'small', 3)).toThrow(/^499 numbers, not 500$/);
  });

  it('lies in object stores when it is large', () => {
    expect(contentOf('small', 0).byteLength).toBeLessThan(100 * 1024);
    expect(contentOf('large', 0).byteLength).toBeGreaterThan(100 * 1024);
  });
});
