import { createRedisKeys } from '../../../../head/store/redis/keys.js';
import { InvalidArgumentError } from '../../../../src/core/errors/index.js';

describe('createRedisKeys', () => {
  it('puts every key of a cluster under one hash tag', () => {
    const keys = createRedisKeys('c1');
    expect(keys.lease).toBe('rayts:{c1}:lease');
    expect(keys.tables['placement-groups']).toBe('rayts:{c1}:placement-groups');
    for (const key of keys.tableList) expect(key).toMatch(/^rayts:\{c1\}:/);
  });

  it.each(['', 'a}b', 'a:b', 'a b'])('refuses the namespace %j', (namespace) => {
    expect(() => createRedisKeys(namespace)).toThrow(InvalidArgumentError);
  });
});
