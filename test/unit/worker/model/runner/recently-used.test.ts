import { RecentlyUsed } from '../../../../../worker/model/runner/recently-used.js';

function cacheOf(capacity: number): { get(key: string): string; released: string[]; created: string[]; clear(): void } {
  const released: string[] = [];
  const created: string[] = [];
  const cache = new RecentlyUsed<string>(capacity, (value) => released.push(value));
  const create = (key: string) => () => {
    created.push(key);
    return key;
  };
  return { get: (key) => cache.get(key, create(key)), released, created, clear: () => cache.clear() };
}

describe('RecentlyUsed', () => {
  it('makes a value once', () => {
    const cache = cacheOf(2);
    cache.get('a');
    cache.get('a');
    expect(cache.created).toEqual(['a']);
  });

  it('drops and releases the value that was not asked for longest', () => {
    const cache = cacheOf(2);
    for (const key of ['a', 'b', 'a', 'c', 'a']) cache.get(key);
    expect(cache.released).toEqual(['b']);
    expect(cache.created).toEqual(['a', 'b', 'c']);
  });

  it('releases everything when cleared', () => {
    const cache = cacheOf(3);
    for (const key of ['a', 'b']) cache.get(key);
    cache.clear();
    expect(cache.released).toEqual(['a', 'b']);
  });
});
