import { fromRedisError } from '../../../../head/store/redis/from-redis-error.js';

const acquire = { name: 'acquireLease', effect: 'write' } as const;
const codeOf = (reply: string) => fromRedisError(acquire, new Error(reply)).code;

describe('fromRedisError', () => {
  it.each([
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair',
    "ERR unknown command 'eval', with args beginning with: 'local time'",
    "ERR unknown command 'EVALSHA', with args beginning with: 'abc'",
  ])('takes %j for a fault of the configuration', (reply) => {
    expect(codeOf(reply)).toBe('RAY_INVALID_ARGUMENT');
  });

  it.each([
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    'OOM command not allowed',
    "ERR unknown command 'evaluate'",
    'connect ECONNREFUSED 127.0.0.1:6379',
  ])('takes %j for something that may pass', (reply) => {
    expect(codeOf(reply)).toBe('RAY_STORE_UNAVAILABLE');
  });
});
