import { Metadata } from '@grpc/grpc-js';
import { createClusterToken, hasToken, tokenMetadata } from '../../../../src/rpc/cluster-token.js';

describe('a cluster token', () => {
  it('is new each time, and long enough to be guessed by nobody', () => {
    const tokens = new Set(Array.from({ length: 100 }, createClusterToken));
    expect(tokens.size).toBe(100);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{32}$/);
  });

  it('is found in the metadata of a call that holds it', () => {
    expect(hasToken(tokenMetadata('the-token'), 'the-token')).toBe(true);
  });

  it.each([
    ['a shorter one', 'the-toke'],
    ['a longer one', 'the-token-'],
    ['one of the same length', 'the-tokem'],
    ['another case', 'The-token'],
    ['an empty one', ''],
  ])('is not found in the metadata of a call that holds %s', (_what, token) => {
    expect(hasToken(tokenMetadata(token), 'the-token')).toBe(false);
  });

  it.each([[undefined], ['the-token'], ['bearer the-token'], ['Basic the-token'], ['Bearer']])(
    'is not found in an authorization of %s',
    (authorization) => {
      const metadata = new Metadata();
      if (authorization) metadata.set('authorization', authorization);
      expect(hasToken(metadata, 'the-token')).toBe(false);
    },
  );
});
