import { parseRedisUrl } from '../../../../head/store/redis/redis-url.js';
import { InvalidArgumentError } from '../../../../src/core/errors/index.js';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://10.0.0.1', { host: '10.0.0.1', port: 6379 }],
    ['10.0.0.1:7000', { host: '10.0.0.1', port: 7000 }],
    ['redis://cache:7000/2', { host: 'cache', port: 7000, db: 2 }],
    ['redis://:p%40ss@cache', { host: 'cache', port: 6379, password: 'p@ss' }],
    ['rediss://ada:s3cret@cache:6380', { host: 'cache', port: 6380, username: 'ada', password: 's3cret', tls: {} }],
    ['redis://[::1]:7000', { host: '::1', port: 7000 }],
    ['unix:///run/redis%20x.sock', { path: '/run/redis x.sock' }],
    ['/run/redis.sock', { path: '/run/redis.sock' }],
  ])('reads %s', (address, expected) => {
    expect(parseRedisUrl(address)).toEqual(expected);
  });

  it.each([
    '',
    'http://cache',
    'redis+sentinel://cache:26379/primary',
    'redis://',
    'redis://cache/zero',
    'unix://relative.sock',
    'cache:port',
  ])('refuses %j', (address) => {
    expect(() => parseRedisUrl(address)).toThrow(InvalidArgumentError);
  });

  it('says of a list of Sentinels what to give instead', () => {
    expect(() => parseRedisUrl('redis+sentinel://cache:26379/primary')).toThrow(/Sentinel.*an address that follows/);
  });

  it('keeps the password out of the message', () => {
    expect(() => parseRedisUrl('http://ada:s3cret@cache')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
    );
  });
});
